"""What answers taught of their tiers: ratings and other signs, read from the ledger, exported and imported.

Runs inside the caller's transaction. The strongest sign of a request counts, and only that one: a thumb, then
"ask a better tier", then a copied answer, then one that was stopped while it was being written.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable

from compute_broker.ledger.accounts import Scene, request_row
from compute_broker.ledger.records import RequestStatus, Signal
from compute_broker.ledger.views import Lengths, Lesson

THUMB, BETTER, COPIED, STOPPED = 1.0, 0.7, 0.3, 0.2
"""What a sign weighs against a thumb. Set by judgement: asking a better tier nearly says that the answer was
bad; a copied answer was at least usable; a stopped one may just have said enough."""

MOST_LESSONS = 3_000
MOST_LENGTHS = 2_000
"""How far back is looked: the latest of each, so that learning costs the same after years."""

TRIALS = "experiment"
"""The source of requests that teach nothing: an experiment asks every tier, and stopping it says nothing."""

_RESET = "lessons_since"

_SIGNS = f"""WITH signed AS (
    SELECT * FROM (SELECT seq FROM requests WHERE rating IS NOT NULL ORDER BY seq DESC LIMIT {MOST_LESSONS})
    UNION SELECT * FROM (SELECT DISTINCT request FROM signals ORDER BY request DESC LIMIT {MOST_LESSONS})
    UNION SELECT * FROM (SELECT seq FROM requests WHERE status = 'cancelled'
        ORDER BY seq DESC LIMIT {MOST_LESSONS}))
    SELECT r.id AS origin, r.tier AS tier, a.model AS model, a.effort AS effort, r.category AS category,
        r.difficulty AS difficulty, r.created_us AS at_us,
        date(r.created_us / 1000000, 'unixepoch') AS day,
        CASE WHEN r.rating IS NOT NULL THEN r.rating > 0
            WHEN better.kind IS NOT NULL THEN 0
            WHEN copied.kind IS NOT NULL THEN 1
            ELSE 0 END AS good,
        CASE WHEN r.rating IS NOT NULL THEN {THUMB}
            WHEN better.kind IS NOT NULL THEN {BETTER}
            WHEN copied.kind IS NOT NULL THEN {COPIED}
            ELSE {STOPPED} END AS weight
    FROM signed JOIN requests r ON r.seq = signed.seq JOIN attempts a ON a.id = r.answered_by
    LEFT JOIN signals better ON better.request = r.seq AND better.kind = '{Signal.ASKED_BETTER}'
    LEFT JOIN signals copied ON copied.request = r.seq AND copied.kind = '{Signal.COPIED}'
    WHERE r.category IS NOT NULL AND r.difficulty IS NOT NULL AND r.source <> '{TRIALS}'
    ORDER BY r.seq DESC LIMIT {MOST_LESSONS}"""  # noqa: S608 - our own constants


def note(scene: Scene, request_id: str, signal: Signal) -> None:
    """Keep what a person did with an answer; the second time changes nothing."""
    scene.db.execute(
        "INSERT OR IGNORE INTO signals VALUES (?, ?, ?)",
        [request_row(scene.db, request_id)["seq"], signal, scene.now_us],
    )


def lessons(db: sqlite3.Connection) -> list[Lesson]:
    """Return what was learned since the last reset of each tier, imported lessons included."""
    since = _since(db)
    rows = [(row, row["at_us"]) for row in db.execute(_SIGNS)]
    known = {row["origin"] for row, _ in rows}
    foreign = db.execute("SELECT * FROM lessons ORDER BY noted_us DESC LIMIT ?", [MOST_LESSONS])
    rows += [(row, row["noted_us"]) for row in foreign if row["origin"] not in known]
    return [_lesson(row) for row, at_us in rows if at_us >= max(since.get("", 0), since.get(row["tier"], 0))]


def lengths(db: sqlite3.Connection) -> list[Lengths]:
    """Return how long the tiers' latest whole answers were against what was expected of their tasks."""
    since = _since(db)
    rows = db.execute(
        """SELECT tier, model, effort, created_us, 1.0 * output_tokens / expected_tokens AS ratio FROM (
            SELECT r.tier, a.model, a.effort, r.created_us, a.output_tokens, r.expected_tokens
            FROM requests r JOIN attempts a ON a.id = r.answered_by
            WHERE r.status = ? AND r.source <> ? AND a.output_tokens > 0 AND r.expected_tokens > 0
                AND a.usage_certainty = 'exact'
            ORDER BY r.seq DESC LIMIT ?)""",
        [RequestStatus.ANSWERED, TRIALS, MOST_LENGTHS],
    )
    found: dict[tuple[str, str, str], list[float]] = {}
    for row in rows:
        if row["created_us"] >= max(since.get("", 0), since.get(row["tier"], 0)):
            found.setdefault((row["tier"], row["model"], row["effort"]), []).append(_log(row["ratio"]))
    return [
        Lengths(tier, model, len(logs), sum(logs) / len(logs), effort)
        for (tier, model, effort), logs in found.items()
    ]


def _log(ratio: float) -> float:
    """Return ln(ratio), within a factor of eight either way: one odd answer must not count for many."""
    return max(-2.08, min(math.log(ratio), 2.08))


def forget(scene: Scene, tier: str | None) -> None:
    """Learn anew from here on, for one tier or for all; the ratings themselves stay."""
    name = _RESET if tier is None else f"{_RESET}:{tier}"
    scene.db.execute(
        """INSERT INTO meta VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = value || ' ' || excluded.value""",
        [name, str(scene.now_us)],
    )


def remember(scene: Scene) -> None:
    """Take the latest :func:`forget` back; what was forgotten before it stays forgotten."""
    times = _resets(scene.db)
    if not times:
        return
    name = max(times, key=lambda each: times[each][-1])
    if left := times[name][:-1]:
        scene.db.execute("UPDATE meta SET value = ? WHERE name = ?", [" ".join(map(str, left)), name])
    else:
        scene.db.execute("DELETE FROM meta WHERE name = ?", [name])


def take_in(scene: Scene, found: Iterable[Lesson]) -> int:
    """Add lessons from a file; return how many were new."""
    before = scene.db.total_changes
    scene.db.executemany(
        """INSERT OR IGNORE INTO lessons
            (origin, tier, model, category, difficulty, good, weight, day, effort, noted_us)
        SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
        WHERE NOT EXISTS (SELECT 1 FROM requests WHERE id = ?)""",
        [
            [
                each.origin,
                each.tier,
                each.model,
                each.category,
                each.difficulty,
                int(each.good),
                each.weight,
                each.day,
                each.effort,
                scene.now_us,
                each.origin,
            ]
            for each in found
        ],
    )
    return scene.db.total_changes - before


def _since(db: sqlite3.Connection) -> dict[str, int]:
    """Return from when on each tier is learned of, in microseconds; under ``""`` what holds for all."""
    return {name.removeprefix(_RESET).removeprefix(":"): times[-1] for name, times in _resets(db).items()}


def _resets(db: sqlite3.Connection) -> dict[str, list[int]]:
    """Return the times of each reset, oldest first, under the names they are kept by."""
    rows = db.execute("SELECT name, value FROM meta WHERE name = ? OR name LIKE ?", [_RESET, f"{_RESET}:%"])
    return {row["name"]: [int(each) for each in row["value"].split()] for row in rows}


def _lesson(row: sqlite3.Row) -> Lesson:
    return Lesson(
        row["origin"],
        row["tier"],
        row["model"],
        row["category"],
        row["difficulty"],
        bool(row["good"]),
        row["weight"],
        row["day"],
        row["effort"],
    )
