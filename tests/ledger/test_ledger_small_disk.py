"""A disk that is really full: a file system of six megabytes, filled by the ledger itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from compute_broker.core.errors import LedgerError
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.core.usage import Certainty
from compute_broker.ledger import (
    Ledger,
    NewAttempt,
    NewRequest,
    Period,
    RequestStatus,
    Settlement,
)
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.periods import utc_now

SIZE = "6m"
MOUNT = 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && exec "$@"'
COST = 1_000


def inside(folder: Path) -> None:
    """Spend until the disk is full, make room, look at what is there, and spend again."""
    ballast = folder / "ballast"
    ballast.write_bytes(b"x" * 600_000)
    kept, said = [], ""
    with Ledger.open(folder / "ledger.db") as ledger:
        try:
            while len(kept) < 10_000:
                kept.append(spend(ledger))
        except LedgerError as error:
            said = str(error)
        again = ""
        try:
            ledger.begin(NewRequest(new_request_id(), "cli", "y" * 200_000))
        except LedgerError as error:
            again = str(error)
    ballast.unlink()
    with Ledger.open(folder / "ledger.db") as ledger:
        ledger.reconcile()
        found = {entry.request_id: entry.cost for entry in ledger.history(20_000)}
        lost = [request for request in kept if found.get(request) != COST]
        sums, problems = ledger.spend(Period.ALL).sums, ledger.verify().problems
        known = [cost for cost in found.values() if cost is not None]
        spend(ledger)
        after = ledger.spend(Period.ALL).spent - sums.spent
    told = {
        "kept": len(kept), "said": said, "again": again, "lost": lost, "problems": list(problems),
        "exact": sums.exact, "known": sum(known), "after": after,
    }  # fmt: skip
    sys.stdout.write(json.dumps(told))


def crowded(folder: Path) -> None:
    """Fill the disk to its last byte with something else, then open the ledger and ask."""
    with Ledger.open(folder / "ledger.db") as ledger:
        spend(ledger)
    with suppress(OSError), (folder / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 512)
    said = ""
    try:
        with Ledger.open(folder / "ledger.db") as ledger:
            spend(ledger)
    except LedgerError as error:
        said = str(error)
    sys.stdout.write(json.dumps({"said": said}))


def spend(ledger: Ledger) -> str:
    """Ask, reserve, send, settle and answer; return the request only when all of it was acknowledged."""
    price = Price(TokenRates(nanos_from_usd(1), nanos_from_usd(1)), CostBasis.METERED, "test", utc_now())
    request = new_request_id()
    ledger.begin(NewRequest(request, "cli", "p" * 2_000))
    attempt = NewAttempt("haiku", Place.CLOUD, ProviderKind.ANTHROPIC, "m", price, 2 * COST)
    reservation = ledger.reserve(request, attempt)
    ledger.mark_sent(reservation.id)
    ledger.settle(reservation.id, Settlement(COST, Certainty.EXACT))
    ledger.finish(request, RequestStatus.ANSWERED, answer="a" * 2_000, answered_by=reservation.id)
    return request


def on_a_small_disk(folder: Path, work: str) -> dict[str, Any]:
    """Run ``work`` of this file on a file system of its own, and return what it told."""
    unshare = shutil.which("unshare")
    assert unshare is not None, "util-linux brings it on every Debian and Ubuntu"
    mounted = [unshare, "-rm", "sh", "-c", MOUNT, "sh", SIZE, folder]
    if subprocess.run([*mounted, "true"], check=False).returncode:
        pytest.skip("this system lets nobody mount in a namespace of their own")
    command = [*mounted, sys.executable, __file__, folder, work]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system in a namespace of its own")
def test_a_disk_that_fills_up_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    told = on_a_small_disk(tmp_path, "inside")
    assert told["kept"] > 20
    assert "disk is full" in told["said"]
    assert "disk is full" in told["again"]
    assert told["lost"] == []
    assert told["problems"] == []
    assert told["known"] >= told["kept"] * COST
    # The disk may have filled up after a settlement and before its request was closed: paid, and counted.
    assert told["exact"] - told["known"] in {0, COST}
    assert told["after"] == COST


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system in a namespace of its own")
def test_a_disk_that_is_full_of_other_things_is_called_full(tmp_path: Path) -> None:
    assert "The disk is full" in on_a_small_disk(tmp_path, "crowded")["said"]


if __name__ == "__main__":
    {"inside": inside, "crowded": crowded}[sys.argv[2]](Path(sys.argv[1]))
