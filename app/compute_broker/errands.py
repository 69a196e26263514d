"""Errands: what a short-lived child does for the tray, so that its libraries do not stay in memory.

The packages of the keyring, the price catalog and the ledger's migrations take 40 MB between them and
are wanted once. A child does with them what is to be done and tells what it found over its standard
output, a pipe that only its parent holds: keys are in no argument, no environment and no file. When
a child cannot run, the parent does it for itself.
"""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import msgspec

from compute_broker.config.keys import KeyStore
from compute_broker.core.price import Price
from compute_broker.core.texts import spoken
from compute_broker.core.tier import ProviderKind
from compute_broker.ledger.ledger import Ledger
from compute_broker.market import catalog
from compute_broker.market.updated_catalog import Listed
from compute_broker.own_process import ERRAND_FLAG, own_command

PATIENCE = 60.0
"""Seconds a child may take: an unlock dialogue of the keyring waits for the person."""

_log = logging.getLogger(__name__)


class _Errand(msgspec.Struct):
    keys: list[str] = []
    prices: list[tuple[ProviderKind, str]] = []
    ledger: str = ""
    catalog: str = ""
    """The file of the updated catalog: ``prices`` are looked up there, not in the bundled one."""
    fetch: bool = False
    url: str = ""


class _Found(msgspec.Struct):
    keys: dict[str, str | None] = {}
    problem: str | None = None
    prices: list[tuple[ProviderKind, str, Price | str]] = []


async def read_keys(store: KeyStore, names: Collection[str]) -> None:
    """Have a child read these keys from the keyring, and hand them to ``store``."""
    if not names:
        return
    found = await _send(_Errand(keys=sorted(names)))
    if found is None:
        await asyncio.to_thread(store.load, names)
    else:
        store.adopt(found.keys, found.problem)


async def read_prices(wanted: Collection[tuple[ProviderKind, str]]) -> Listed:
    """Have a child look these models up in the price catalog."""
    pairs = sorted(pair for pair in wanted if catalog.lists(pair[0]))
    if not pairs:
        return {}
    found = await _send(_Errand(prices=pairs))
    if found is None:
        return await catalog.load(pairs)
    return {(kind, model): price for kind, model, price in found.prices}


async def read_updated_prices(
    wanted: Collection[tuple[ProviderKind, str]], cache: Path, *, fetch: bool, url: str = ""
) -> Listed:
    """Have a child look these models up in the updated catalog; ``fetch``: it is fetched first, once a day.

    Nothing when there is no update yet, or when the child cannot run: the bundled list holds then.
    """
    pairs = sorted(pair for pair in wanted if catalog.lists(pair[0]))
    found = await _send(_Errand(prices=pairs, catalog=str(cache), fetch=fetch, url=url)) if pairs else None
    return {} if found is None else {(kind, model): price for kind, model, price in found.prices}


async def make_ledger(path: Path) -> None:
    """Have a child make the ledger at the first start: only that needs the migrations' package.

    What goes wrong there goes wrong again when the parent opens the file, and is told then.
    """
    if not await asyncio.to_thread(path.exists):
        await _send(_Errand(ledger=str(path)))


def run_errand() -> int:
    """Be the child: one errand from standard input, its result to standard output."""
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=_Errand)
    if errand.ledger:
        Ledger.open(Path(errand.ledger)).close()
    store = KeyStore()
    store.load(errand.keys)
    found = _Found(keys=store.read(), problem=store.problem, prices=_look_up(errand))
    sys.stdout.buffer.write(msgspec.json.encode(found))
    return 0


def _look_up(errand: _Errand) -> list[tuple[ProviderKind, str, Price | str]]:
    updated = None
    if errand.catalog:
        from compute_broker.market import catalog_update  # noqa: PLC0415 - only a child has use for it

        updated = catalog_update.ready(Path(errand.catalog), fetch=errand.fetch, url=errand.url)
        if updated is None:
            return []
    return [(kind, model, catalog.look_up(kind, model, updated)) for kind, model in errand.prices]


async def _send(errand: _Errand) -> _Found | None:
    """Return what a child found, or ``None`` when it could not do it."""
    try:
        done = await asyncio.to_thread(
            subprocess.run,
            own_command(ERRAND_FLAG, spoken()),
            input=msgspec.json.encode(errand),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=True,
        )
        return msgspec.json.decode(done.stdout, type=_Found)
    except (OSError, subprocess.SubprocessError, msgspec.MsgspecError) as error:
        _log.warning("an errand failed (%s); reading in this process instead", type(error).__name__)
        return None
