"""The money of one attempt: set aside, sent, settled or given back. Runs inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from compute_broker.core.errors import LedgerError
from compute_broker.core.texts import tr
from compute_broker.core.usage import Usage
from compute_broker.ledger import budget
from compute_broker.ledger.periods import Calendar, to_us
from compute_broker.ledger.prices import keep_price
from compute_broker.ledger.records import (
    HAS_ANSWER,
    AttemptState,
    BudgetLimit,
    NewAttempt,
    Outcome,
    Reservation,
    Settlement,
)
from compute_broker.ledger.texts import storable

USAGE_COLUMNS = (
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "reasoning_tokens",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where and when a write happens: the transaction, the moment, the person's days, our process."""

    db: sqlite3.Connection
    now: datetime
    calendar: Calendar
    owner: str

    @property
    def now_us(self) -> int:
        """The moment in microseconds since 1970."""
        return to_us(self.now)


def request_row(db: sqlite3.Connection, request_id: str) -> sqlite3.Row:
    """Return a request's row.

    Raises:
        LookupError: there is none; the caller forgot to begin it.
    """
    row: sqlite3.Row | None = db.execute("SELECT * FROM requests WHERE id = ?", [request_id]).fetchone()
    if row is None:
        msg = f"no request {request_id} in the ledger"
        raise LookupError(msg)
    return row


def attempt_row(db: sqlite3.Connection, reservation_id: int) -> sqlite3.Row:
    """Return an attempt's row.

    Raises:
        LookupError: there is none of that number.
    """
    row: sqlite3.Row | None = db.execute("SELECT * FROM attempts WHERE id = ?", [reservation_id]).fetchone()
    if row is None:
        msg = f"no reservation {reservation_id} in the ledger"
        raise LookupError(msg)
    return row


def owner_row(scene: Scene) -> int:
    """Return the row that names our process, made at its first write."""
    scene.db.execute("INSERT OR IGNORE INTO owners (name) VALUES (?)", [scene.owner])
    return int(scene.db.execute("SELECT id FROM owners WHERE name = ?", [scene.owner]).fetchone()[0])


def record_event(scene: Scene, kind: str, request_id: str, attempt: int | None, **detail: object) -> None:
    """Write one line of the audit trail."""
    scene.db.execute(
        "INSERT INTO events (at_us, kind, request_id, attempt, detail) VALUES (?, ?, ?, ?, ?)",
        [scene.now_us, kind, request_id, attempt, json.dumps(detail)],
    )


def reserve(
    scene: Scene, request_id: str, attempt: NewAttempt, limits: Sequence[BudgetLimit], *, override: bool
) -> Reservation:
    """Set ``attempt.ceiling_nanos`` aside, unless a hard budget would be passed; once for each ``n``."""
    request = request_row(scene.db, request_id)
    n = attempt.n or _next_n(scene.db, request["seq"])
    known = scene.db.execute(
        "SELECT id, reserved FROM attempts WHERE request = ? AND n = ?", [request["seq"], n]
    ).fetchone()
    if known:
        return Reservation(known["id"], request_id, n, known["reserved"])
    concerned = [limit for limit in limits if limit.concerns(request["source"], request["project"])]
    standings = [budget.standing(scene.db, scene.calendar, scene.now, limit) for limit in concerned]
    passed = budget.passed(standings, attempt.ceiling_nanos)
    if passed and not override:
        raise budget.refusal(passed[0], attempt.ceiling_nanos)
    for each in passed:
        record_event(
            scene, "budget_override", request_id, n,
            budget=each.key, period=each.period_key, committed=each.committed, needed=attempt.ceiling_nanos,
        )  # fmt: skip
    warnings = budget.new_warnings(scene.db, scene.now, standings, attempt.ceiling_nanos or 0)
    row = _insert(scene, request, n, attempt)
    sum_up(scene.db, request["seq"])
    return Reservation(row, request_id, n, attempt.ceiling_nanos, warnings)


def _next_n(db: sqlite3.Connection, seq: int) -> int:
    return int(
        db.execute("SELECT coalesce(max(n), 0) + 1 FROM attempts WHERE request = ?", [seq]).fetchone()[0]
    )


def _insert(scene: Scene, request: sqlite3.Row, n: int, attempt: NewAttempt) -> int:
    values = {
        "request": request["seq"],
        "n": n,
        "kind": attempt.kind,
        "source": request["source"],
        "project": request["project"],
        "owner": owner_row(scene),
        "tier": attempt.tier_id,
        "place": attempt.place,
        "provider": attempt.provider,
        "model": storable(attempt.model),
        "effort": attempt.effort,
        "price": keep_price(scene.db, attempt.price),
        "cost_basis": attempt.price.basis if attempt.price else None,
        "state": AttemptState.RESERVED,
        "reserved": attempt.ceiling_nanos,
        "started_us": scene.now_us,
    }
    marks = ", ".join(f":{name}" for name in values)
    sql = f"INSERT INTO attempts ({', '.join(values)}) VALUES ({marks}) RETURNING id"  # noqa: S608 - names above
    return int(scene.db.execute(sql, values).fetchone()[0])


def mark_sent(scene: Scene, reservation_id: int) -> None:
    """Note that the request is about to leave: from here on it may be billed.

    Raises:
        LedgerError: the money is no longer set aside.
    """
    row = attempt_row(scene.db, reservation_id)
    if row["state"] == AttemptState.SENT:
        return
    if row["state"] != AttemptState.RESERVED:
        raise LedgerError(tr("The money set aside for this request has been given back. Send it again."))
    scene.db.execute(
        "UPDATE attempts SET state = 'sent', sent_us = ? WHERE id = ?", [scene.now_us, reservation_id]
    )


def settle(scene: Scene, reservation_id: int, settlement: Settlement) -> bool:
    """Write the real cost, once. A cost that comes in late, after the attempt was given up, still counts."""
    row = attempt_row(scene.db, reservation_id)
    if row["state"] == AttemptState.SETTLED and row["outcome"] != Outcome.ORPHANED:
        return False
    scene.db.execute(
        """UPDATE attempts SET state = 'settled', cost = ?, certainty = ?, charged = ?, outcome = ?,
        fault = ?, latency_ms = ?, first_word_ms = ?, served_model = ?, energy_uj = ?,
        milliwatts = ?, tokens_per_second = ?, ended_us = ? WHERE id = ?""",
        [
            settlement.cost,
            settlement.certainty,
            settlement.charged,
            settlement.outcome,
            settlement.fault,
            settlement.latency_ms,
            settlement.first_word_ms,
            storable(settlement.served_model),
            settlement.energy_uj,
            settlement.milliwatts,
            settlement.tokens_per_second,
            scene.now_us,
            reservation_id,
        ],
    )
    if settlement.usage is not None:
        _write_usage(scene.db, reservation_id, settlement.usage)
    sum_up(scene.db, row["request"])
    return True


def _write_usage(db: sqlite3.Connection, reservation_id: int, usage: Usage) -> None:
    columns = ", ".join(f"{name} = ?" for name in (*USAGE_COLUMNS, "usage_certainty"))
    counts = [getattr(usage, name) for name in USAGE_COLUMNS]
    sql = f"UPDATE attempts SET {columns} WHERE id = ?"  # noqa: S608 - the column names above
    db.execute(sql, [*counts, usage.certainty, reservation_id])


def release(scene: Scene, reservation_id: int, reason: str) -> bool:
    """Give the money back: the attempt is known not to be billed. What is settled stays so."""
    row = attempt_row(scene.db, reservation_id)
    given_up = row["state"] == AttemptState.SETTLED and row["outcome"] == Outcome.ORPHANED
    if row["state"] not in {AttemptState.RESERVED, AttemptState.SENT} and not given_up:
        return False
    scene.db.execute(
        """UPDATE attempts SET state = 'released', cost = 0, certainty = 'exact', outcome = 'failed',
        fault = ?, ended_us = ? WHERE id = ?""",
        [storable(reason), scene.now_us, reservation_id],
    )
    sum_up(scene.db, row["request"])
    return True


def sum_up(db: sqlite3.Connection, seq: int) -> None:
    """Bring a finished request's cost and saving up to date with its attempts.

    The cost is unknown as long as one attempt's is. A request without an answer has saved nothing: what it
    cost counts against the savings where there is a baseline; one that cost nothing is in none of them.
    """
    db.execute(
        f"""UPDATE requests SET cost = total.cost,
        saved = CASE WHEN {HAS_ANSWER} THEN baseline_cost - total.cost
            WHEN baseline_cost IS NOT NULL AND total.cost > 0 THEN -total.cost END
        FROM (
            SELECT iif(
                coalesce(sum(state IN ('reserved', 'sent') OR (state = 'settled' AND cost IS NULL)), 0) > 0,
                NULL, coalesce(sum(cost), 0)
            ) AS cost
            FROM attempts WHERE request = :seq
        ) AS total
        WHERE seq = :seq AND finished_us IS NOT NULL""",  # noqa: S608 - our own constant
        {"seq": seq},
    )
