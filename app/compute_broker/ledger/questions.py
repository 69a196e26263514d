"""One question, asked more than once: with the baseline it would have been asked once.

So its baseline counts once, however many answers there are, and the cost of each counts against it. What a
request stores as its baseline is what it adds to its question's: the first whole answer brings all of it, a
later one nothing, and one that goes on with an answer the part that was missing. So the savings of all
requests of a question add up to its baseline minus all costs, and a row of the past is never written anew.
Runs inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3

from compute_broker.ledger.records import HAS_ANSWER, NewRequest, RequestStatus

ANSWERED_BEFORE = f"""(r.question IS NOT NULL AND r.{HAS_ANSWER} AND r.baseline_cost = 0 AND EXISTS (
    SELECT 1 FROM requests other WHERE (other.seq = r.question OR other.question = r.question)
    AND other.seq <> r.seq AND other.{HAS_ANSWER}))"""  # noqa: S608 - our own constant
"""Whether request ``r`` answers a question whose baseline counts at another answer."""


def place(db: sqlite3.Connection, request: NewRequest) -> tuple[int | None, int | None]:
    """Return the first request of the same question, and the one whose answer is gone on with; rows, or none.

    An id that is not in this ledger (it may be of before a backup was brought back) is no earlier request.
    """
    earlier = db.execute(
        "SELECT seq, coalesce(question, seq) AS question FROM requests WHERE id = ?", [request.again_of]
    ).fetchone()
    if earlier is None:
        return None, None
    return earlier["question"], earlier["seq"] if request.goes_on else None


def baseline_part(db: sqlite3.Connection, row: sqlite3.Row, own: int | None, rest: int | None) -> int | None:
    """Return what an answered request adds to its question's baseline, in nano-dollars; ``None`` unknown.

    ``own`` is the baseline's cost for the request by itself, ``rest`` for what it adds to an answer that the
    baseline would have given whole.
    """
    if own is None and row["baseline_cost"] is not None:
        own = int(row["baseline_cost"])  # what was expected
    if row["question"] is None:
        return own
    others = db.execute(
        f"""SELECT seq, status, tier, baseline_tier, baseline_cost FROM requests
        WHERE (seq = :question OR question = :question) AND seq <> :seq AND {HAS_ANSWER}""",  # noqa: S608 - likewise
        {"question": row["question"], "seq": row["seq"]},
    ).fetchall()
    begun = next((each for each in others if each["seq"] == row["goes_on"]), None)
    if begun is not None:
        return _added(begun, own, rest)
    known = [each for each in others if each["baseline_cost"] is not None]
    if not known:
        return own
    if own is None or any(each["status"] == RequestStatus.ANSWERED for each in known):
        return 0
    # Only parts of answers so far: they told too little of what the whole one would have cost.
    return max(0, own - sum(int(each["baseline_cost"]) for each in known))


def _added(begun: sqlite3.Row, own: int | None, rest: int | None) -> int | None:
    """Return what going on with the answer of ``begun`` adds."""
    if begun["baseline_cost"] == 0:
        return 0  # that answer was a later one itself
    if begun["tier"] is not None and begun["tier"] == begun["baseline_tier"]:
        return own  # the baseline itself was cut off there, and would have had to go on as well
    return own if rest is None else rest
