"""The answer about the past in a sentence, and what it leaves out in another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compute_broker.broker.whatif.result import LeftOut, Quality, Question, WhatIf
from compute_broker.core.decision import MODES, Mode
from compute_broker.core.money import format_usd
from compute_broker.core.names import named
from compute_broker.core.texts import begun, counted, figure, tr

_REASONS = {
    LeftOut.EXPERIMENT: tr("of an experiment"),
    LeftOut.BY_HAND: tr("whose tier was chosen by hand"),
    LeftOut.UNANSWERED: tr("without an answer"),
    LeftOut.UNKNOWN_COST: tr("of unknown cost"),
    LeftOut.NOT_KEPT: tr("of which too little was kept"),
    LeftOut.NOBODY: tr("that no tier left could have taken"),
}


def sentence(found: WhatIf, labels: Mapping[str, str], period: str) -> str:
    """Return what the period would have cost and how good the answers; ``labels`` by tier id.

    ``period`` is as it stands in a sentence: ``this month``.
    """
    rules = question_words(found.question, labels)
    if not found.reckoned:
        return tr("{rules}: nothing of {period} can be reckoned anew.", rules=rules, period=period)
    cost = tr(
        "{rules}, {period} would have cost {amount} instead of {amount_2}",
        rules=rules,
        period=period,
        amount=format_usd(found.would),
        amount_2=format_usd(found.spent),
    )
    if found.would == found.spent:
        cost = tr(
            "{rules}, {period} would have cost the same {amount}",
            rules=rules,
            period=period,
            amount=format_usd(found.spent),
        )
    return tr("{cost}, with {quality}. {moved}.", cost=cost, quality=_quality(found), moved=_moved(found))


def _moved(found: WhatIf) -> str:
    """Return how many requests would have gone another way, each way by itself."""
    moved = counted(
        "{moved} of {count} request would have gone elsewhere",
        "{moved} of {count} requests would have gone elsewhere",
        found.reckoned,
        moved=figure(f"{found.moved:,}"),
    )
    if found.checked_otherwise:
        other = figure(f"{found.checked_otherwise:,}")
        moved += tr(", {number} had other second opinions", number=other)
    if found.not_asked:
        moved += tr(", {number} not been asked a second time", number=figure(f"{found.not_asked:,}"))
    return moved


def remainder(found: WhatIf) -> str:
    """Return what counts as it was, and why; empty when everything could be reckoned."""
    parts = [f"{figure(f'{count:,}')} {_REASONS[reason]}" for reason, count in _sorted(found.left_out)]
    left = sum(found.left_out.values())
    text = ""
    if left:
        text = counted(
            "{count} request counts as it was: {parts}.",
            "{count} requests count as they were: {parts}.",
            left,
            parts=", ".join(parts),
        )
    if found.rough:
        rough = figure(f"{found.rough:,}")
        text += tr(" {rough} reckoned roughly, from what they were expected to cost.", rough=rough)
    return text.strip()


def question_words(question: Question, labels: Mapping[str, str]) -> str:
    """Return the rules in words: ``Thrifty and without Opus``, ``Everything on Opus``."""
    if question.all_on is not None:
        return tr("Everything on {tier}", tier=labels.get(question.all_on, question.all_on))
    names = [labels.get(tier, tier) for tier in sorted(question.without)]
    parts = [mode_words(question.mode)] if question.mode else []
    if names:
        parts.append(tr("without {tiers}", tiers=_listed(names)))
    return begun(_listed(parts)) if parts else tr("As it was")


def mode_words(mode: Mode) -> str:
    """Return a mode's name, or the floor of one made of a number: ``at 94 % of the best``."""
    return (
        named(mode.name)
        if mode.name in MODES
        else tr("at {floor} % of the best", floor=figure(f"{mode.floor * 100:g}"))
    )


def band(quality: Quality | None) -> str:
    """Return a chance with its band: ``88 % (84 to 92 %)``; an en dash for none."""
    if quality is None:
        return "–"
    return tr(
        "{mean} % ({low} to {high} %)",
        mean=f"{100 * quality.mean:.0f}",
        low=f"{100 * quality.low:.0f}",
        high=f"{100 * quality.high:.0f}",
    )


def _quality(found: WhatIf) -> str:
    then, would = band(found.quality), band(found.would_quality)
    if then == would:
        return tr("{then} of answers expected good as before", then=then)
    return tr("{would} of answers expected good instead of {then}", would=would, then=then)


def _sorted(left_out: Mapping[LeftOut, int]) -> list[tuple[LeftOut, int]]:
    return sorted(left_out.items(), key=lambda item: (-item[1], item[0].value))


def _listed(names: Sequence[str]) -> str:
    """Return ``Haiku``, ``Haiku and Opus``, ``Haiku, Kimi and Opus``."""
    if len(names) == 1:
        return names[0]
    return tr("{several} and {last}", several=", ".join(names[:-1]), last=names[-1])
