"""What-if over a hundred thousand requests, and how long the loop that draws waits for its turn meanwhile.

``python tests/bench/bench_what_if.py`` prints these figures alone. ``ROWS`` sets another number of requests.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from measured import Figure, show

from broker.builders import task
from compute_broker.broker.noting import note_of
from compute_broker.broker.policy import Rules, decide
from compute_broker.broker.whatif.asking import asked
from compute_broker.broker.whatif.result import Question
from compute_broker.core.decision import MODES, CrossCheck
from compute_broker.core.quote import Snapshot
from compute_broker.core.task import Category
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.periods import to_us
from compute_broker.ledger.records import Period
from compute_broker.ledger.texts import packed
from compute_broker.ledger.threaded import AsyncLedger
from support.ten_tiers import ten_tiers

ROWS = int(os.environ.get("ROWS", "100000"))
_KINDS = 400
"""Different decisions; the rows repeat them, each packed on its own."""
_TICK = 0.001


def fill(path: Path, snapshot: Snapshot) -> None:
    """Write ``ROWS`` answered requests of this quarter, as the broker would have decided them."""
    chance, now = random.Random(3), datetime.now(UTC)  # noqa: S311 - the same rows each time
    rules = Rules(MODES["balanced"], "opus", cross_check=CrossCheck.AUTO)
    made = []
    for _ in range(_KINDS):
        job = task(
            chance.uniform(-4, 3),
            category=chance.choice(list(Category)),
            checkable=chance.choice((0.0, 0.0, 0.0, 0.9)),
            expected_output_tokens=chance.randint(20, 1500),
        )
        decision = decide(job, snapshot, rules)
        made.append((decision, note_of(decision, rules)))
    with Ledger.open(path) as ledger, ledger._store.write() as db:
        db.execute("INSERT INTO owners VALUES (1, 'elsewhere|boot|1|1')")
        db.execute("INSERT INTO prices VALUES (1, '{}', 'list')")
        for seq in range(1, ROWS + 1):
            decision, note = made[seq % _KINDS]
            moment, tier = to_us(now - timedelta(seconds=ROWS - seq)), decision.quote.tier.id
            db.execute(
                """INSERT INTO requests (seq, id, source, created_us, finished_us, private, owner, status,
                mode, category, difficulty, stakes, baseline_tier, baseline_cost, tier, cost, saved)
                VALUES (?, ?, 'cli', ?, ?, 0, 1, 'answered', 'balanced', ?, 0.5, 'low', 'opus', 5000,
                ?, 1000, 4000)""",
                [seq, f"{seq:022d}", moment, moment, note.category, tier],
            )
            db.execute("INSERT INTO texts VALUES (?, 'p', 'a', ?)", [seq, packed(note.decision_json)])
            db.execute(
                """INSERT INTO attempts (id, request, n, kind, source, owner, tier, place, provider, model,
                price, cost_basis, state, reserved, cost, certainty, outcome, input_tokens, output_tokens,
                cache_read_tokens, started_us, ended_us, latency_ms) VALUES (?, ?, 1, 'answer', 'cli', 1, ?,
                'cloud', 'openai', 'm', 1, 'metered', 'settled', 2000, 1000, 'exact', 'ok', 100, 200, 0,
                ?, ?, 5)""",
                [seq, seq, tier, moment, moment],
            )
            db.execute("UPDATE requests SET answered_by = ? WHERE seq = ?", [seq, seq])


async def _measure(path: Path, snapshot: Snapshot) -> list[Figure]:
    ledger = await AsyncLedger.open(path)
    figures = []
    for name, question in (
        ("thrifty", Question(mode=MODES["thrifty"], cross_check=CrossCheck.AUTO)),
        ("without two tiers", Question(without=frozenset({"haiku", "gpt-oss"}))),
        ("all on opus", Question(all_on="opus")),
    ):
        gaps: list[float] = []
        began = time.perf_counter()
        work = asyncio.create_task(asked(ledger, Period.ALL, question, snapshot))
        while not work.done():
            before = time.perf_counter()
            await asyncio.sleep(_TICK)
            gaps.append(1000 * (time.perf_counter() - before - _TICK))
        found = await work
        assert found.requests == ROWS
        figures += [
            Figure(f"what-if {name}, {ROWS:,} requests", [time.perf_counter() - began], "s", "under 10 s"),
            Figure("the loop's wait meanwhile", gaps, "ms", "under 16 ms"),
        ]
    await ledger.close()
    return figures


def figures() -> list[Figure]:
    """Return the seconds and the loop's waits."""
    with tempfile.TemporaryDirectory() as folder:
        path, snapshot = Path(folder) / "ledger.db", ten_tiers()
        fill(path, snapshot)
        return asyncio.run(_measure(path, snapshot))


if __name__ == "__main__":
    show(figures())
