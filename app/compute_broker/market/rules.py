"""The person's rules by condition: which tier is passed over now, with the reason in words.

A rule passes a tier over; it does not forbid it. Who names a tier by hand has seen more than a rule knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo

from compute_broker.core.conditions import Conditions
from compute_broker.core.texts import tr
from compute_broker.core.tier import Place, Tier
from compute_broker.market.tariff import Span, full_minute_after

_OUT_THERE = {Place.EDGE, Place.DISTRIBUTED, Place.CLOUD}
_NEVER = 100


@dataclass(frozen=True, slots=True)
class LocalRule:
    """``least_charge``: per cent to be passed on battery (100: never), ``spans``: hours for local tiers.

    ``avoid_metered``: tiers out on the internet are passed over on a metered connection. The defaults rule
    nothing.
    """

    least_charge: int | None = None
    spans: tuple[tuple[time, time], ...] = ()
    avoid_metered: bool = False

    @property
    def asks_battery(self) -> bool:
        """Whether the battery must be known."""
        return self.least_charge is not None

    @property
    def asks(self) -> bool:
        """Whether anything of the machine's state must be known."""
        return self.asks_battery or self.avoid_metered

    def reason(self, tier: Tier, conditions: Conditions, now: datetime, zone: tzinfo | None = None) -> str:
        """Return why ``tier`` is passed over at the aware ``now``; empty when it is not."""
        if tier.on_this_machine:
            return self._battery(conditions) or self._hours(now.astimezone(zone))
        if self.avoid_metered and conditions.metered and tier.place in _OUT_THERE:
            return tr("your rule avoids it on a metered connection")
        return ""

    def until_change(self, now: datetime, zone: tzinfo | None = None) -> timedelta | None:
        """Return the time to the next full minute if local tiers begin or cease then, else ``None``."""
        minute = full_minute_after(now)
        changes = self._hours(now.astimezone(zone)) != self._hours(minute.astimezone(zone))
        return minute - now if changes else None

    def _battery(self, conditions: Conditions) -> str:
        if self.least_charge is None or not conditions.on_battery:
            return ""
        if self.least_charge >= _NEVER:
            return tr("your rule keeps this machine from answering on battery")
        if conditions.charge is None or conditions.charge > self.least_charge:
            return ""
        return tr(
            "on battery at {charge} %, and your rule asks for more than {least_charge} %",
            charge=conditions.charge,
            least_charge=self.least_charge,
        )

    def _hours(self, local: datetime) -> str:
        if not self.spans or any(Span(first, last).holds(local) for first, last in self.spans):
            return ""
        told = ", ".join(f"{first:%H:%M}-{last:%H:%M}" for first, last in self.spans)
        return tr("your rule lets this machine answer only at {told}", told=told)
