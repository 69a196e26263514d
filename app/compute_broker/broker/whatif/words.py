"""The answer about the past in a sentence, and what it leaves out in another."""

from __future__ import annotations

from collections.abc import Mapping

from compute_broker.broker.whatif.result import LeftOut, Quality, Question, WhatIf
from compute_broker.core.decision import MODES, Mode
from compute_broker.core.money import format_usd


def sentence(found: WhatIf, labels: Mapping[str, str], period: str) -> str:
    """Return what the period would have cost and how good the answers; ``labels`` by tier id.

    ``period`` is as it stands in a sentence: ``this month``.
    """
    rules = question_words(found.question, labels)
    if not found.reckoned:
        return f"{rules}: nothing of {period} can be reckoned anew."
    cost = f"{rules}, {period} would have cost {format_usd(found.would)} instead of {format_usd(found.spent)}"
    if found.would == found.spent:
        cost = f"{rules}, {period} would have cost the same {format_usd(found.spent)}"
    moved = f"{found.moved} of {found.reckoned} {_requests(found.reckoned)} would have gone elsewhere"
    return f"{cost}, with {_quality(found)}. {moved}."


def remainder(found: WhatIf) -> str:
    """Return what counts as it was, and why; empty when everything could be reckoned."""
    parts = [f"{count} {reason.value}" for reason, count in _sorted(found.left_out)]
    left = sum(found.left_out.values())
    verb = "counts" if left == 1 else "count"
    text = f"{left} {_requests(left)} {verb} as it was: {', '.join(parts)}." if left else ""
    if left > 1:
        text = text.replace("as it was", "as they were")
    if found.rough:
        text += f" {found.rough} reckoned roughly, from what they were expected to cost."
    return text.strip()


def question_words(question: Question, labels: Mapping[str, str]) -> str:
    """Return the rules in words: ``Thrifty and without Opus``, ``Everything on Opus``."""
    if question.all_on is not None:
        return f"Everything on {labels.get(question.all_on, question.all_on)}"
    names = [labels.get(tier, tier) for tier in sorted(question.without)]
    parts = [mode_words(question.mode)] if question.mode else []
    if names:
        parts.append(f"without {' and '.join([', '.join(names[:-1]), names[-1]] if names[1:] else names)}")
    text = " and ".join(parts) or "As it was"
    return text[0].upper() + text[1:]


def mode_words(mode: Mode) -> str:
    """Return a mode's name, or the floor of one made of a number: ``at 0.94 of the best``."""
    return mode.name if mode.name in MODES else f"at {mode.floor:g} of the best"


def band(quality: Quality | None) -> str:
    """Return a chance with its band: ``88 % (84 to 92 %)``; an en dash for none."""
    if quality is None:
        return "–"
    return f"{100 * quality.mean:.0f} % ({100 * quality.low:.0f} to {100 * quality.high:.0f} %)"


def _quality(found: WhatIf) -> str:
    then, would = band(found.quality), band(found.would_quality)
    if then == would:
        return f"{then} of answers expected good as before"
    return f"{would} of answers expected good instead of {then}"


def _sorted(left_out: Mapping[LeftOut, int]) -> list[tuple[LeftOut, int]]:
    return sorted(left_out.items(), key=lambda item: (-item[1], item[0].value))


def _requests(count: int) -> str:
    return "request" if count == 1 else "requests"
