"""The end of a request: written into the ledger, and told as a receipt."""

from __future__ import annotations

from compute_broker.broker.attempts import model_of
from compute_broker.broker.events import Check, Receipt
from compute_broker.broker.settling import Running, baseline_counterfactual, baseline_rest
from compute_broker.broker.trip import Trip
from compute_broker.core.price import CostBasis
from compute_broker.core.usage import Certainty, FinishReason
from compute_broker.ledger.records import RequestStatus
from compute_broker.ledger.threaded import AsyncLedger


class Receipts:
    """Closes requests whose attempts are settled."""

    def __init__(self, ledger: AsyncLedger) -> None:
        """Write into ``ledger``."""
        self._ledger = ledger

    async def close(self, trip: Trip, running: Running, check: Check | None = None) -> Receipt:
        """Close the request with the answer of ``running``, which is settled, and return its receipt."""
        settlement = running.settlement
        if settlement is None:
            raise ValueError("an attempt that is still open has no receipt")
        status = RequestStatus.CUT_OFF if running.finish is FinishReason.CUT_OFF else RequestStatus.ANSWERED
        await self.close_request(trip, running, status)
        # The cost over all attempts, deciding included, and what of the baseline counts the ledger says.
        entry = (await self._ledger.exchange(trip.order.request_id)).entry
        decision, quote = trip.order.decision, running.quote
        return Receipt(
            request_id=trip.order.request_id,
            answer=running.text,
            quote=quote,
            model=settlement.served_model or model_of(quote),
            usage=running.final_usage,
            finish=running.finish,
            cost=entry.cost,
            certainty=_certainty(trip.runs),
            basis=quote.price.basis if quote.price else CostBasis.METERED,
            baseline_label=decision.baseline.tier.label if decision.baseline else None,
            baseline_cost=entry.baseline_cost,
            saved=entry.saved,
            latency_ms=trip.waited_ms(running),
            decision=decision,
            check=check,
            again=entry.again,
        )

    async def close_request(self, trip: Trip, running: Running, status: RequestStatus) -> None:
        """Write how the request ended, and what the baseline tier would have cost."""
        decision, options = trip.order.decision, trip.order.options
        usage, used = running.final_usage, running.quote
        cached = options.warm.tokens if options.warm else 0
        await self._ledger.finish(
            trip.order.request_id,
            status,
            answer=running.text,
            answered_by=running.reservation_id,
            baseline_tier=decision.baseline.tier.id if decision.baseline else None,
            baseline_cost=baseline_counterfactual(usage, used, decision.baseline, cached),
            baseline_rest=baseline_rest(usage, used, decision.baseline, options.so_far),
        )
        trip.closed = True

    async def fail(self, trip: Trip, message: str) -> None:
        """Write that there is no answer, and why."""
        await self._ledger.finish(trip.order.request_id, RequestStatus.FAILED, reason=message)
        trip.closed = True


def _certainty(runs: list[Running]) -> Certainty:
    """Return how sure the sum over all settled attempts is: as sure as its least sure part."""
    found = {run.settlement.certainty for run in runs if run.settlement is not None}
    return next(each for each in (Certainty.UNKNOWN, Certainty.ESTIMATED, Certainty.EXACT) if each in found)
