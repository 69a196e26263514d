"""What a person typed and got: requests, answers, ratings, drafts. Runs inside the caller's transaction."""

from __future__ import annotations

import sqlite3

from compute_broker.ledger import questions
from compute_broker.ledger.accounts import Scene, owner_row, request_row, sum_up
from compute_broker.ledger.records import DecisionNote, NewRequest, RequestStatus
from compute_broker.ledger.texts import packed, storable


def begin(scene: Scene, request: NewRequest) -> None:
    """Record the prompt. The same id again changes nothing."""
    row = scene.db.execute(
        """INSERT INTO requests
        (id, source, project, session_id, created_us, private, owner, status, question, goes_on)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING seq""",
        [
            request.id,
            storable(request.source),
            storable(request.project),
            storable(request.session_id),
            scene.now_us,
            int(request.private),
            owner_row(scene),
            RequestStatus.OPEN,
            *questions.place(scene.db, request),
        ],
    ).fetchone()
    if row is None:
        return
    scene.db.execute("INSERT INTO texts (seq, prompt) VALUES (?, ?)", [row["seq"], storable(request.prompt)])
    if request.decision is not None:
        decide(scene.db, request.id, request.decision)


def decide(db: sqlite3.Connection, request_id: str, note: DecisionNote) -> None:
    """Add what was decided; what the note leaves out stays as it is."""
    seq = request_row(db, request_id)["seq"]
    db.execute(
        """UPDATE requests SET mode = coalesce(?, mode), category = coalesce(?, category),
        difficulty = coalesce(?, difficulty), stakes = coalesce(?, stakes),
        baseline_tier = coalesce(?, baseline_tier),
        baseline_cost = coalesce(?, baseline_cost), expected_tokens = coalesce(?, expected_tokens)
        WHERE seq = ?""",
        [
            note.mode,
            note.category,
            note.difficulty,
            note.stakes,
            note.baseline_tier,
            note.baseline_cost,
            note.expected_tokens,
            seq,
        ],
    )
    if note.decision_json is not None:
        db.execute("UPDATE texts SET decision = ? WHERE seq = ?", [packed(note.decision_json), seq])
    sum_up(db, seq)


def finish(
    scene: Scene,
    request_id: str,
    status: RequestStatus,
    *,
    answer: str | None,
    answered_by: int | None,
    baseline_tier: str | None,
    baseline_cost: int | None,
    baseline_rest: int | None,
    reason: str,
) -> None:
    """Close a request with what came of it. Finishing again replaces what was said before."""
    row = request_row(scene.db, request_id)
    seq = row["seq"]
    if status.has_answer:
        baseline_cost = questions.baseline_part(scene.db, row, baseline_cost, baseline_rest)
    scene.db.execute(
        """UPDATE requests SET status = ?, reason = ?, finished_us = ?, answered_by = ?,
        tier = (SELECT tier FROM attempts WHERE id = ?), baseline_tier = coalesce(?, baseline_tier),
        baseline_cost = coalesce(?, baseline_cost) WHERE seq = ?""",
        [status, storable(reason), scene.now_us, answered_by, answered_by, baseline_tier, baseline_cost, seq],
    )
    if answer is not None:
        scene.db.execute("UPDATE texts SET answer = ? WHERE seq = ?", [storable(answer), seq])
    sum_up(scene.db, seq)


def rate(db: sqlite3.Connection, request_id: str, value: int | None) -> None:
    """Keep the person's word on an answer: 1 good, -1 bad, ``None`` taken back."""
    if value not in (1, -1, None):
        msg = f"a rating is 1, -1 or None, not {value}"
        raise ValueError(msg)
    seq = request_row(db, request_id)["seq"]
    db.execute("UPDATE requests SET rating = ? WHERE seq = ?", [value, seq])


def dismiss(db: sqlite3.Connection, request_id: str) -> None:
    """Take a request off the list of those that wait to be sent again."""
    db.execute("UPDATE requests SET dismissed = 1 WHERE seq = ?", [request_row(db, request_id)["seq"]])


def save_draft(scene: Scene, window: str, text: str) -> None:
    """Keep what is typed in a window but not sent; an empty text forgets it."""
    if not text:
        scene.db.execute("DELETE FROM drafts WHERE window = ?", [window])
        return
    scene.db.execute(
        """INSERT INTO drafts VALUES (?, ?, ?)
        ON CONFLICT (window) DO UPDATE SET text = excluded.text, saved_us = excluded.saved_us""",
        [window, storable(text), scene.now_us],
    )


def load_draft(db: sqlite3.Connection, window: str) -> str:
    """Return what was typed in a window and not sent, or an empty text."""
    row = db.execute("SELECT text FROM drafts WHERE window = ?", [window]).fetchone()
    return str(row["text"]) if row else ""
