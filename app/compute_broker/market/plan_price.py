"""A tier that is paid by a plan: nothing more to pay while its window lasts, its metered price after.

The rates stay those of the metered price, for comparison: what the same tokens would cost without the plan.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from compute_broker.core.headroom import PlanStanding
from compute_broker.core.price import CostBasis, Price, TokenRates
from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
from compute_broker.market.rush import until_text

SOURCE = tr("your plan")

Offer = tuple[Availability, Price | None, str]


def by_plan(plan: PlanStanding, seen: Availability, price: Price | None, reason: str, now: datetime) -> Offer:
    """Return state, price and the reason for none of a tier as its ``plan`` makes them."""
    if plan.lasts:
        rates = price.rates if price is not None else TokenRates(0, 0)
        known = price or Price(rates, CostBasis.SUBSCRIPTION, SOURCE, now)
        source = (
            SOURCE
            if price is None
            else tr("{source}; beyond it {source_2}", source=SOURCE, source_2=price.source)
        )
        included = None if plan.stops or price is None else plan.tokens_left
        covered = replace(known, basis=CostBasis.SUBSCRIPTION, source=source, power=None)
        return seen, replace(covered, included_tokens=included), ""
    if not plan.stops:
        return seen, price, reason
    window = plan.tightest
    back = window.resets_at if window is not None else None
    when = tr(" until {until}", until=until_text(back)) if back is not None else ""
    used_up = replace(
        seen, state=State.DOWN, reason=tr("its plan is used up{when}", when=when), retry_at=back
    )
    return (used_up if seen.state.usable else seen), price, reason
