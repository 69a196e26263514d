"""What the ledger reads to learn from: as much after years as after a month."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from compute_broker.ledger import Ledger, lessons


def test_reading_lessons_never_walks_through_all_requests(path: Path) -> None:
    Ledger.open(path).close()
    with closing(sqlite3.connect(path)) as db:
        plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {lessons._SIGNS}")]
    assert [step for step in plan if step.startswith("SCAN requests")] == [
        "SCAN requests USING INDEX requests_rated",
        "SCAN requests USING INDEX requests_stopped",
    ]
    assert lessons._SIGNS.count(f"LIMIT {lessons.MOST_LESSONS}") == 4
