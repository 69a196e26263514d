"""Pages of history, single exchanges, prompts that wait to be sent again, and outcomes to learn from."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from datetime import timedelta
from typing import Any

from compute_broker.ledger.accounts import request_row
from compute_broker.ledger.periods import Calendar, from_us, to_us
from compute_broker.ledger.questions import ANSWERED_BEFORE
from compute_broker.ledger.records import AttemptState, RequestStatus
from compute_broker.ledger.texts import unpacked
from compute_broker.ledger.views import AttemptEntry, Exchange, Found, HistoryEntry, HistoryFilter

ENTRY_COLUMNS = f"""r.seq, r.id AS request_id, r.created_us, r.source, r.project, r.session_id, r.private,
    r.status, r.reason, r.mode, r.category, r.difficulty, r.stakes, r.cost, r.baseline_tier,
    r.baseline_cost, r.saved, r.rating, a.tier, a.place, a.provider,
    coalesce(a.served_model, a.model) AS model, a.cost_basis,
    p.source AS price_source, a.latency_ms, a.first_word_ms,
    (SELECT CASE max(CASE certainty WHEN 'unknown' THEN 3 WHEN 'estimated' THEN 2 WHEN 'exact' THEN 1 END)
        WHEN 3 THEN 'unknown' WHEN 2 THEN 'estimated' WHEN 1 THEN 'exact' END
        FROM attempts WHERE request = r.seq AND state = 'settled') AS certainty,
    (SELECT sum(input_tokens) FROM attempts WHERE request = r.seq) AS input_tokens,
    (SELECT sum(cache_read_tokens) FROM attempts WHERE request = r.seq) AS cached_tokens,
    (SELECT sum(output_tokens) FROM attempts WHERE request = r.seq) AS output_tokens,
    (SELECT sum(reasoning_tokens) FROM attempts WHERE request = r.seq) AS reasoning_tokens,
    (SELECT id FROM requests WHERE seq = r.question) AS again_of, {ANSWERED_BEFORE} AS again"""  # noqa: S608 - our own constant

ENTRY_TABLES = """requests r
    LEFT JOIN attempts a ON a.id = coalesce(r.answered_by,
        (SELECT max(id) FROM attempts WHERE request = r.seq AND kind = 'answer'))
    LEFT JOIN prices p ON p.id = a.price"""
"""A request with the attempt that answered it, or the last that tried."""

_WORDS = re.compile(r'"([^"]+)"|(\S+)')

_PLAIN = {field.name for field in fields(HistoryEntry)} - {"created", "private", "status", "prompt", "again"}


def entry_of(row: sqlite3.Row, prompt: str) -> HistoryEntry:
    """Return a row of :data:`ENTRY_COLUMNS` as a value."""
    return HistoryEntry(
        created=from_us(row["created_us"]),
        private=bool(row["private"]),
        status=RequestStatus(row["status"]),
        prompt=prompt,
        again=bool(row["again"]),
        **{name: row[name] for name in _PLAIN},
    )


def history(
    db: sqlite3.Connection, calendar: Calendar, limit: int, before: str | None, wanted: HistoryFilter
) -> list[HistoryEntry]:
    """Return up to ``limit`` requests that came before request ``before``, the latest first.

    The order is that in which they were written, whatever the clock did meanwhile.
    """
    conditions, values = conditions_of(db, calendar, wanted)
    if before is not None:
        conditions.append("r.seq < ?")
        values.append(request_row(db, before)["seq"])
    return _entries(db, conditions, values, limit)


def found(db: sqlite3.Connection, calendar: Calendar, wanted: HistoryFilter) -> Found:
    """Return how many requests are ``wanted``, with their sums."""
    conditions, values = conditions_of(db, calendar, wanted)
    row = db.execute(
        f"""SELECT count(*), coalesce(sum(r.cost), 0), coalesce(sum(r.saved), 0), count(r.saved)
        FROM requests r LEFT JOIN texts t ON t.seq = r.seq
        WHERE {" AND ".join(conditions)}""",  # noqa: S608 - conditions are ours
        values,
    ).fetchone()
    return Found(*row)


def conditions_of(
    db: sqlite3.Connection, calendar: Calendar, wanted: HistoryFilter
) -> tuple[list[str], list[Any]]:
    """Return conditions on the requests ``r`` and texts ``t``, at least one, and their values."""
    conditions, values = ["1"], list[Any]()
    for name in ("tier", "source", "project", "session_id", "category", "status"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(f"r.{name} = ?")
            values.append(value)
    if wanted.from_day is not None:
        conditions.append("r.created_us >= ?")
        values.append(to_us(calendar.start_of_day(wanted.from_day)))
    if wanted.to_day is not None:
        conditions.append("r.created_us < ?")
        values.append(to_us(calendar.start_of_day(wanted.to_day + timedelta(days=1))))
    if wanted.over is not None:
        conditions.append("r.cost > ?")
        values.append(wanted.over)
    for words in words_in(wanted.text or ""):
        if words.isascii():
            conditions.append(r"(t.prompt LIKE ? ESCAPE '\' OR t.answer LIKE ? ESCAPE '\')")
            values += [_like(words)] * 2
        else:  # LIKE knows the two cases of ASCII only
            db.create_function("holds", 2, _holds, deterministic=True)
            conditions.append("(holds(t.prompt, ?) OR holds(t.answer, ?))")
            values += [words.casefold()] * 2
    return conditions, values


def words_in(text: str) -> list[str]:
    """Return the words that a search looks for; what stands in quotes is one."""
    found = [quoted or word for quoted, word in _WORDS.findall(text)]
    return [words.strip('"') for words in found if words.strip('" ')]


def _holds(text: str | None, words: str) -> bool:
    return text is not None and words in text.casefold()


def _like(text: str) -> str:
    for special in "\\%_":
        text = text.replace(special, "\\" + special)
    return f"%{text}%"


def _entries(
    db: sqlite3.Connection, conditions: Sequence[str], values: Sequence[Any], limit: int
) -> list[HistoryEntry]:
    rows = db.execute(
        f"""SELECT {ENTRY_COLUMNS}, coalesce(t.prompt, '') AS prompt FROM {ENTRY_TABLES}
        LEFT JOIN texts t ON t.seq = r.seq
        WHERE {" AND ".join(conditions)} ORDER BY r.seq DESC LIMIT ?""",  # noqa: S608 - conditions are ours
        [*values, limit],
    )
    return [entry_of(row, row["prompt"]) for row in rows]


def open_requests(db: sqlite3.Connection, limit: int) -> list[HistoryEntry]:
    """Return the prompts that failed or were interrupted and wait to be sent again, the latest first."""
    waiting = "r.dismissed = 0 AND r.status IN ('failed', 'interrupted')"
    return _entries(db, [waiting], [], limit)


def exchange(db: sqlite3.Connection, request_id: str) -> Exchange:
    """Return everything about one request.

    Raises:
        LookupError: there is no such request.
    """
    seq = request_row(db, request_id)["seq"]
    entry = _entries(db, ["r.seq = ?"], [seq], 1)[0]
    text = db.execute("SELECT answer, decision FROM texts WHERE seq = ?", [seq]).fetchone()
    attempts = db.execute(
        """SELECT a.*, p.json AS price_json FROM attempts a LEFT JOIN prices p ON p.id = a.price
        WHERE a.request = ? ORDER BY a.n""",
        [seq],
    )
    return Exchange(
        entry,
        answer=text["answer"] if text else None,
        decision_json=unpacked(text["decision"]) if text else None,
        attempts=tuple(_attempt(row) for row in attempts),
    )


_PLAIN_OF_ATTEMPT = {field.name for field in fields(AttemptEntry)} - {
    "reservation_id",
    "model",
    "state",
    "started",
    "ended",
}


def _attempt(row: sqlite3.Row) -> AttemptEntry:
    return AttemptEntry(
        reservation_id=row["id"],
        model=row["served_model"] or row["model"],
        state=AttemptState(row["state"]),
        started=from_us(row["started_us"]),
        ended=None if row["ended_us"] is None else from_us(row["ended_us"]),
        **{name: row[name] for name in _PLAIN_OF_ATTEMPT},
    )
