"""A person's word on two answers, without knowing whose they are.

Pairs come in a shuffled order that stays the same, and so does which answer stands first. Each word is on
the disk before the next pair is shown.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from compute_broker.core.errors import EnvironmentFaultError, PersonError
from compute_broker.core.texts import tr
from compute_broker.experiment.judge.pairwise import Pair, Verdict
from compute_broker.experiment.results.pairs import pairs_of
from compute_broker.experiment.results.scoring import Scorer
from compute_broker.experiment.run.arms import Prompt
from compute_broker.experiment.run.calls import Answer
from compute_broker.experiment.run.follow import NeedsError
from compute_broker.experiment.run.setup import Setup

NAME = "ratings.jsonl"


class Rating(msgspec.Struct, frozen=True):
    """One word of the person's: what the challenger is worth against the baseline's answer."""

    pair: str
    verdict: Verdict
    at: datetime


def read_ratings(folder: Path) -> dict[str, Verdict]:
    """Return the person's verdicts by pair; the last word on a pair counts.

    Raises:
        PersonError: a line makes no sense.
        EnvironmentFaultError: the file cannot be read.
    """
    path = folder / NAME
    try:
        raw = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise EnvironmentFaultError(
            tr("{path} cannot be read: {strerror}", path=path, strerror=error.strerror)
        ) from error
    found = {}
    for number, line in enumerate(raw[: raw.rfind(b"\n") + 1].splitlines(), 1):
        try:
            rating = msgspec.json.decode(line, type=Rating)
        except msgspec.MsgspecError as error:
            raise PersonError(
                tr(
                    "line {number} of {path} makes no sense ({error}); mend or delete it",
                    number=number,
                    path=path,
                    error=error,
                )
            ) from error
        found[rating.pair] = rating.verdict
    return found


def keep_rating(folder: Path, pair: Pair, verdict: Verdict) -> None:
    """Write one verdict to the disk.

    Raises:
        EnvironmentFaultError: it could not be written.
    """
    path = folder / NAME
    line = msgspec.json.encode(Rating(pair.key, verdict, datetime.now(UTC))) + b"\n"
    try:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, b"\n" + line if torn else line)
            os.fsync(file)
        finally:
            os.close(file)
    except OSError as error:
        raise EnvironmentFaultError(
            tr("{path} cannot be written: {strerror}", path=path, strerror=error.strerror)
        ) from error


def to_rate(
    setup: Setup, answers: Mapping[str, Answer], scorer: Scorer, rated: Mapping[str, Verdict]
) -> list[Pair]:
    """Return the pairs that want a judge and that the person has not rated, in their shuffled order."""
    found = []
    for item in setup.items:
        try:
            found += pairs_of(Prompt(item, setup), answers, scorer)
        except NeedsError:
            continue  # not asked everywhere yet
    wanted = [pair for pair in found if pair.settled() is None and pair.key not in rated]
    return sorted(wanted, key=lambda pair: _lot(pair, "order"))


def sides(pair: Pair) -> tuple[Answer, Answer]:
    """Return the two answers in the order in which they are shown, which says nothing of whose they are."""
    both = (pair.baseline, pair.challenger)
    return both if _lot(pair, "side") % 2 else (both[1], both[0])


def verdict_of(pair: Pair, better: int | None) -> Verdict:
    """Return what it means that answer 0 or 1, as shown, is better; ``None``: neither is."""
    if better is None:
        return Verdict.EQUAL
    return Verdict.BETTER if sides(pair)[better] is pair.challenger else Verdict.WORSE


def _lot(pair: Pair, what: str) -> int:
    """Draw a number that is the same each time and follows from nothing visible."""
    return int.from_bytes(hashlib.sha256(f"{what} {pair.key}".encode()).digest()[:8])


def progress(left: Sequence[Pair], rated: Mapping[str, Verdict]) -> str:
    """Return how far the person is."""
    return tr("{rated} rated, {left} to go", rated=len(rated), left=len(left))
