"""What real requests meet, told to the market by whoever sends them: the best probe there is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from compute_broker.core.energy import Energy
from compute_broker.core.errors import ProviderError
from compute_broker.core.headroom import RateHeadroom
from compute_broker.core.pace import Pace
from compute_broker.core.quote import Availability
from compute_broker.core.tier import ANY_MODEL, Tier
from compute_broker.market.electricity import measured_draw
from compute_broker.market.known import Known
from compute_broker.market.pace import TRIAL_EVERY
from compute_broker.market.pricing import PriceBook
from compute_broker.market.speeds import SpeedBook


class Recording:
    """The market's ear. Every ``record_start`` is followed by one ``record_end``, whatever happens."""

    _known: dict[str, Known]
    _clock: Callable[[], datetime]
    _wake: asyncio.Event
    _prices: PriceBook
    _speeds: SpeedBook
    _tiers: tuple[Tier, ...]

    def recall(self, paces: Iterable[Pace]) -> None:
        """Take over how the latest answers went, the oldest first: speed, first word and draw by model.

        Called again, it takes the place of what was seen of the same tiers and models.
        """
        models = {tier.id: tier.model for tier in self._tiers}
        known = [pace for pace in paces if models.get(pace.tier) in {ANY_MODEL, pace.model}]
        self._speeds.forget({(pace.tier, pace.model, pace.effort) for pace in known})
        for tier_id in {pace.tier for pace in known if pace.milliwatts is not None}:
            self._prices.draws.pop(tier_id, None)
        for pace in known:
            key = (pace.tier, pace.model, pace.effort)
            self._speeds.take(key, pace.tokens_per_second, pace.first_word_ms)
            if pace.milliwatts is not None:
                self._prices.recall_draw(pace.tier, pace.milliwatts)
        self._rebuild()

    def record_start(self, tier_id: str) -> None:
        """Note that a prompt leaves for a tier: where its server can do only one, it is busy from now on."""
        self._take(tier_id, lambda known, now: known.start(now))

    def record_word(self, tier_id: str) -> None:
        """Note that a tier has begun to answer: there is somebody at the address of all tiers there."""

        def spoke(known: Known, now: datetime) -> None:
            known.word(now)
            for other in self._beside(tier_id):
                other.found_there()

        self._take(tier_id, spoke)

    def record_end(self, tier_id: str) -> None:
        """Note that a prompt is no longer with a tier: answered, failed or called off."""
        self._take(tier_id, lambda known, _now: known.end())

    def record_headroom(self, tier_id: str, rate: RateHeadroom) -> None:
        """Note what a reply's headers say is left of a tier's rate limits."""
        self._take(tier_id, lambda known, now: known.limits(rate, now))

    def record_success(
        self, tier_id: str, *, tokens_per_second: float | None = None, first_word_ms: int | None = None
    ) -> None:
        """Note that a tier answered: it is up, and this fast. A tier in use is not looked at."""

        def answered(known: Known, now: datetime) -> None:
            known.succeed(now)
            self._time(tier_id, tokens_per_second, first_word_ms)
            if not known.is_drained:
                known.looked_at, known.next_look = now, now + self._interval(tier_id)

        self._take(tier_id, answered)

    def record_failure(self, tier_id: str, error: ProviderError) -> None:
        """Note that a tier failed; an outage takes it out for a growing time, a refused key until changed.

        Where nothing listens at its address, all tiers there are out.
        """

        def failed(known: Known, now: datetime) -> None:
            for each in (known, *(self._beside(tier_id) if error.nobody_there else ())):
                each.fail(error, now)
                if each.failed_lately(now):
                    each.looked_at, each.next_look = now, now + TRIAL_EVERY
                    self._wake.set()

        self._take(tier_id, failed)

    def record_energy(self, tier_id: str, energy: Energy) -> None:
        """Note what an answer of a tier on this machine took: its price follows from it."""
        draws = self._prices.draws
        self._take(
            tier_id, lambda _known, _now: draws.update({tier_id: measured_draw(energy, draws.get(tier_id))})
        )

    def _beside(self, tier_id: str) -> list[Known]:
        """Return what is known of the other tiers at the address of this one."""
        origin = next((tier.origin for tier in self._tiers if tier.id == tier_id), "")
        others = [tier.id for tier in self._tiers if origin and tier.origin == origin and tier.id != tier_id]
        return [self._known[other] for other in others]

    def _take(self, tier_id: str, change: Callable[[Known, datetime], None]) -> None:
        known = self._known.get(tier_id)
        if known is not None:
            change(known, self._clock())
            self._rebuild()

    def _time(self, tier_id: str, tokens_per_second: float | None, first_word_ms: int | None) -> None:
        """Take in how fast a tier answered with the model that it has."""
        for tier in self._tiers:
            if tier.id == tier_id:
                key = (tier_id, model_at(tier, self._known[tier_id].seen), tier.effort)
                self._speeds.take(key, tokens_per_second, first_word_ms)

    def _interval(self, tier_id: str) -> timedelta:
        raise NotImplementedError

    def _rebuild(self) -> None:
        raise NotImplementedError


def model_at(tier: Tier, seen: Availability | None) -> str:
    """Return the model that a tier has: its own, or what its server was seen to have loaded."""
    loaded = seen.model if seen is not None else None
    return loaded if loaded and tier.model == ANY_MODEL else tier.model
