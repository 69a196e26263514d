"""All requests of a period, decided again one by one, and summed. Runs in a thread; reads on its own."""

from __future__ import annotations

import math
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from compute_broker.broker.whatif.again import Again, again
from compute_broker.broker.whatif.result import Change, LeftOut, Move, Quality, Question, WhatIf
from compute_broker.ledger.forecast import Z_80
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.past import PastRequest, requests_since
from compute_broker.ledger.periods import HOUR, Calendar, from_us
from compute_broker.ledger.records import AttemptKind, Period
from compute_broker.ledger.sums import spend
from compute_broker.ledger.views import Group

_AT_ONCE = 200
"""Requests between two looks at who wants to be told, or wants it stopped."""

Progress = Callable[[int, int], bool]
"""Told how many of how many requests are done; returns whether to go on."""


class StoppedError(Exception):
    """Nobody wants the answer any longer."""


def what_if(
    ledger: Ledger,
    period: Period,
    question: Question,
    *,
    places: Mapping[str, str],
    progress: Progress | None = None,
) -> WhatIf:
    """Return what ``question`` makes of a period that runs until now; ``places`` by tier id.

    Raises:
        StoppedError: ``progress`` said to.
    """
    with ledger.reader() as db:
        spent = spend(db, ledger.calendar, ledger.now(), period)
        book = Book(ledger.calendar, places, spent.start if period is Period.DAY else None)
        for request in requests_since(db, spent.start):
            if progress is not None and book.requests % _AT_ONCE == 0:
                time.sleep(0)  # lets the thread that draws have its turn
                if not progress(book.requests, spent.sums.requests):
                    raise StoppedError
            book.add(request, again(request, question))
    return book.answer(question, spent.spent)


@dataclass(slots=True)
class Chances:
    """Sums that make a mean chance and its band.

    Whether a single answer is good is chance; how able a tier is in a category is the same error in every
    one of its answers, so those add up before they are squared (d p / d ability = p (1 - p)).
    """

    count: int = 0
    total: float = 0.0
    luck: float = 0.0
    shared: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def add(self, tier: str, category: str, chance: float, sd: float) -> None:
        """Add one answer."""
        spread = chance * (1.0 - chance)
        self.count += 1
        self.total += chance
        self.luck += spread
        self.shared[tier, category] += spread * sd

    def quality(self) -> Quality | None:
        """Return the mean with its band; ``None`` without answers."""
        if not self.count:
            return None
        mean = self.total / self.count
        wide = Z_80 * math.sqrt(self.luck + sum(each**2 for each in self.shared.values())) / self.count
        return Quality(mean, max(0.0, mean - wide), min(1.0, mean + wide))


class Book:
    """Adds up what becomes of requests."""

    def __init__(self, calendar: Calendar, places: Mapping[str, str], day: datetime | None = None) -> None:
        """Start empty; ``day`` is the first instant of the day whose hours are told apart."""
        self._day_start = day
        self._by_hour: Counter[datetime] = Counter()
        self.requests = 0
        self._calendar, self._places = calendar, places
        self._days: dict[int, date] = {}
        self._reckoned = self._rough = self._difference = 0
        self._was, self._would = Chances(), Chances()
        self._left_out: Counter[LeftOut] = Counter()
        self._moves: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        self._by_day: Counter[date] = Counter()
        self._by_tier: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
        self._by_group: dict[Group, defaultdict[str, list[int]]] = {
            group: defaultdict(lambda: [0, 0]) for group in Group
        }

    def add(self, request: PastRequest, found: Again | LeftOut) -> None:
        """Take in one request."""
        self.requests += 1
        if isinstance(found, LeftOut):
            self._left_out[found] += 1
            return
        self._reckoned += 1
        self._rough += found.rough
        category, was = request.category or "", request.answered_by or ""
        if found.tier:
            self._was.add(was, category, found.was_chance, found.was_sd)
            self._would.add(found.tier, category, found.chance, found.sd)
        if found.moved:
            self._add_move(request, found, was)

    def _add_move(self, request: PastRequest, found: Again, was: str) -> None:
        difference = found.cost - (request.cost or 0)
        self._difference += difference
        self._by_day[self._day(request.created_us)] += difference
        if self._day_start is not None:
            hours = (from_us(request.created_us) - self._day_start) // HOUR
            self._by_hour[self._day_start + HOUR * hours] += difference
        move = self._moves[was, found.tier]
        move[0], move[1] = move[0] + 1, move[1] + difference
        for paid in request.paid:
            if paid.kind is not AttemptKind.DECIDING or not found.tier:
                self._by_tier[paid.tier][0] -= paid.cost or 0
        for tier, cost in found.paid:
            self._by_tier[tier][0] += cost
        asked = 1 if found.tier else 0
        self._by_tier[was][1] -= 1
        if asked:
            self._by_tier[found.tier][1] += 1
        for group, name in (
            (Group.CATEGORY, request.category),
            (Group.SOURCE, request.source),
            (Group.PROJECT, request.project),
        ):
            _count(self._by_group[group][name or ""], difference, asked - 1)
        places = self._by_group[Group.PLACE]
        _count(places[request.place or ""], -(request.cost or 0), -1)
        if asked:
            _count(places[self._places.get(found.tier, "")], found.cost, 1)

    def _day(self, created_us: int) -> date:
        """Return the local day; looked up by the hour, since zones are whole quarters of one apart."""
        key = created_us // 900_000_000
        if key not in self._days:
            self._days[key] = self._calendar.local(from_us(created_us)).date()
        return self._days[key]

    def answer(self, question: Question, spent: int) -> WhatIf:
        """Return the sums; ``spent`` is all that was spent in the period."""
        moves = (Move(was, would, *sums) for (was, would), sums in self._moves.items())
        return WhatIf(
            question=question,
            requests=self.requests,
            reckoned=self._reckoned,
            rough=self._rough,
            spent=spent,
            would=spent + self._difference,
            quality=self._was.quality(),
            would_quality=self._would.quality(),
            moves=tuple(sorted(moves, key=lambda move: (-move.requests, move.was, move.would))),
            left_out=dict(self._left_out),
            by_day=dict(self._by_day),
            by_hour=dict(self._by_hour),
            by_tier={tier: Change(*sums) for tier, sums in self._by_tier.items()},
            by_group={
                group: {name: Change(*sums) for name, sums in found.items()}
                for group, found in self._by_group.items()
            },
        )


def _count(sums: list[int], cost: int, requests: int) -> None:
    sums[0] += cost
    sums[1] += requests
