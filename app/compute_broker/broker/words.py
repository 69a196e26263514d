"""A receipt in one line, as quick ask and the command line show it."""

from __future__ import annotations

from compute_broker.broker.events import Receipt
from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.core.usage import Certainty


def footer(receipt: Receipt) -> str:
    """Return tier, second opinion, real cost, saving, time: ``Haiku · 0.031 ¢ · saved 0.29 ¢ ...``."""
    check = receipt.check.note if receipt.check else ""
    parts = (receipt.quote.tier.label, check, cost(receipt), saving(receipt), took(receipt))
    return " · ".join(part for part in parts if part)


def cost(receipt: Receipt) -> str:
    """Return the cost with a sign for how sure it is: ``about`` for an estimate."""
    if receipt.cost is None:
        return tr("cost unknown")
    about = "about " if receipt.certainty is Certainty.ESTIMATED else ""
    return f"{about}{format_usd(receipt.cost)} {receipt.basis.value}".replace(" metered", "")


def saving(receipt: Receipt) -> str:
    """Return what was saved against the baseline, or what was spent more; empty when unknown."""
    if receipt.again:
        return tr("on top of the first answer")
    if receipt.saved is None or receipt.baseline_label is None:
        return ""
    if receipt.baseline_label == receipt.quote.tier.label:
        return tr("your baseline tier")
    if receipt.saved < 0:
        return tr(
            "{amount} more than {baseline_label}",
            amount=format_usd(-receipt.saved),
            baseline_label=receipt.baseline_label,
        )
    return tr(
        "saved {amount} against {baseline_label}",
        amount=format_usd(receipt.saved),
        baseline_label=receipt.baseline_label,
    )


def took(receipt: Receipt) -> str:
    """Return the time in seconds with one decimal."""
    return f"{receipt.latency_ms / 1000:.1f} s"
