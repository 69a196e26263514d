"""What an experiment is about to do, in words and money: the same at the command line and in the window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compute_broker.config.schema import Settings
from compute_broker.core.errors import PersonError
from compute_broker.core.money import format_usd
from compute_broker.core.quote import Snapshot
from compute_broker.core.task import Category
from compute_broker.core.texts import tr
from compute_broker.experiment.checks import needs_judge
from compute_broker.experiment.run.calls import Answer
from compute_broker.experiment.run.estimate import Estimate, estimate
from compute_broker.experiment.run.setup import Setup
from compute_broker.experiment.session import Wanted

OWN_TITLE = "Our own set"
HISTORY_TITLE = "Your last prompts"


def wanted_by(
    settings: Settings,
    *,
    title: str,
    modes: Sequence[str],
    tiers: Sequence[str] | None = None,
    baseline: str = "",
    judges: Sequence[str] = (),
    allow_code: bool = False,
    notes: Sequence[str] = (),
) -> Wanted:
    """Return what is to be tried; what is not said is as in the settings."""
    told = list(notes)
    if settings.classifier != "learned":
        told.append("Modes were tried with the learned classifier alone; no model read the prompts too.")
    return Wanted(
        modes=modes,
        baseline=baseline or settings.baseline,
        cross_check=settings.cross_check.of,
        tiers=tiers,
        judges=judges,
        most_seconds=settings.most_seconds,
        allow_code=allow_code,
        title=title,
        notes=told,
    )


def ablest_judge(snapshot: Snapshot, baseline: str) -> str | None:
    """Return the tier that is to judge: the ablest in analysis that can answer and is not the baseline."""
    able = [
        quote
        for quote in snapshot
        if quote.tier.id != baseline and quote.price is not None and quote.availability.state.usable
    ]
    best = max(able, key=lambda quote: quote.tier.abilities.ability(Category.ANALYSIS).mean, default=None)
    return None if best is None else best.tier.id


def judge_or_complain(snapshot: Snapshot, baseline: str) -> str:
    """Return the ablest judge.

    Raises:
        PersonError: no tier can judge.
    """
    found = ablest_judge(snapshot, baseline)
    if found is None:
        raise PersonError("no tier beside the baseline can judge; name one with --judge")
    return found


def price_of(setup: Setup, answers: Mapping[str, Answer]) -> Estimate:
    """Return what is still to be paid for ``setup`` when ``answers`` are there already."""
    return estimate(setup, answers, lambda item: needs_judge(item, allow_code=setup.allow_code))


def price_lines(setup: Setup, found: Estimate, budget: int | None) -> list[str]:
    """Return what will be sent and what it costs, in sentences; ``budget`` in nano-dollars."""
    known = tr(" ({known} are there already)", known=found.known) if found.known else ""
    lines = [
        tr(
            "{prompts} prompts, {tiers} tiers, {modes} modes: about {answers} answers{known}.",
            prompts=len(setup.items),
            tiers=len(setup.quotes),
            modes=len(setup.modes),
            answers=f"{found.answers:.0f}",
            known=known,
        ),
        tr(
            "Expected {likely}, {short} if answers are short, at most {most}.",
            likely=format_usd(round(found.expected)),
            short=format_usd(round(found.low)),
            most=format_usd(found.ceiling),
        ),
    ]
    if setup.private_left_out:
        lines.append(
            tr(
                "Private prompts left out, since not every tier is on this machine: {left}.",
                left=setup.private_left_out,
            )
        )
    if budget is not None:
        lines.append(tr("The budget is {amount}.", amount=format_usd(budget)))
        if budget < found.ceiling:
            lines[-1] += tr(" It may stop before the end; a larger one goes on.")
    return lines
