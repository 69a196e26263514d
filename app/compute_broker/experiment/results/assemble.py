"""From a journal to a table: what each arm said, what was paid for it, and what it is worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from compute_broker.broker.attempts import model_of
from compute_broker.core.decision import MODES, parse_mode
from compute_broker.core.money import english_rate
from compute_broker.core.quote import Quote
from compute_broker.experiment.judge.pairwise import Pair, Verdict, judge_pair, may_judge
from compute_broker.experiment.results.model import (
    Agreement,
    Arm,
    Judging,
    Outcome,
    Results,
    Row,
    ScoredBy,
    TierFacts,
)
from compute_broker.experiment.results.pairs import answers_of, checked, mode_id, pairs_of
from compute_broker.experiment.results.scoring import Scorer
from compute_broker.experiment.results.stats import cohen_kappa
from compute_broker.experiment.run.arms import Prompt, look_up
from compute_broker.experiment.run.calls import Answer, Purpose
from compute_broker.experiment.run.follow import Followed, NeedsError, Path
from compute_broker.experiment.run.setup import Setup

PERSON = "you"
SEED = 20261124


@dataclass
class _Judges:
    """Everybody's verdicts by judge and pair, and what went wrong."""

    said: dict[str, dict[str, Verdict]] = field(default_factory=dict)
    pairs: set[str] = field(default_factory=set)
    flipped: int = 0
    invalid: int = 0

    def heard(self, judge: str, pair: Pair, verdict: Verdict) -> None:
        self.said.setdefault(judge, {})[pair.key] = verdict

    def agreements(self) -> tuple[Agreement, ...]:
        """Return how far each two judges agree on the pairs that both judged."""
        found = []
        for one, other in combinations(sorted(self.said, key=lambda who: (who == PERSON, who)), 2):
            common = [key for key in self.said[one] if key in self.said[other]]
            if common:
                ours, theirs = ([self.said[who][key].name for key in common] for who in (one, other))
                same = sum(a == b for a, b in zip(ours, theirs, strict=True)) / len(common)
                found.append(Agreement(one, other, len(common), same, cohen_kappa(ours, theirs)))
        return tuple(found)


def assemble(
    setup: Setup,
    answers: Mapping[str, Answer],
    scorer: Scorer,
    ratings: Mapping[str, Verdict],
    *,
    margin: float,
    title: str,
    notes: Sequence[str] = (),
) -> Results:
    """Return the table of an experiment; prompts that were not asked everywhere are counted and left out.

    ``ratings`` are the person's verdicts by pair: they count before a model's.
    """
    judges = _Judges()
    rows = []
    for item in setup.items:
        prompt = Prompt(item, setup)
        try:
            rows.append(_row(prompt, answers, scorer, ratings, judges))
        except NeedsError:
            continue
    return Results(
        title=title,
        kind="run",
        version=setup.version,
        made=setup.made.isoformat(timespec="minutes"),
        seed=SEED,
        margin=margin,
        baseline=setup.baseline,
        arms=arms_of(setup.quotes, setup.modes),
        rows=tuple(rows),
        tiers=tuple(facts(quote) for quote in setup.quotes),
        unfinished=len(setup.items) - len(rows),
        left_out=setup.left_out,
        notes=tuple(notes),
        judging=Judging(
            judges=tuple([quote.tier.id for quote in setup.judges] + ([PERSON] if ratings else [])),
            pairs=len(judges.pairs),
            flipped=judges.flipped,
            invalid=judges.invalid,
            cost=sum(a.cost or 0 for a in answers.values() if a.purpose is Purpose.JUDGING),
            agreements=judges.agreements(),
        ),
        spent=sum(answer.cost or 0 for answer in answers.values()),
    )


def arms_of(quotes: Iterable[Quote], modes: Iterable[str]) -> tuple[Arm, ...]:
    """Return the arms: the tiers in the person's order, then the modes."""
    tiers = [Arm(quote.tier.id, quote.tier.label, "tier") for quote in quotes]
    return (
        *tiers,
        *(Arm(mode_id(mode), _mode_label(mode), "mode", parse_mode(mode).floor) for mode in modes),
    )


def _mode_label(mode: str) -> str:
    return mode.capitalize() if mode in MODES else f"Floor {mode}"


def facts(quote: Quote) -> TierFacts:
    """Return what is worth knowing of a tier afterwards."""
    price, row = quote.price, quote.tier.abilities
    return TierFacts(
        id=quote.tier.id,
        label=quote.tier.label,
        model=model_of(quote),
        price_in=english_rate(price.rates.input if price else None),
        price_out=english_rate(price.rates.output if price else None),
        basis=price.basis.value if price else "",
        source=price.source if price else quote.unpriced_reason,
        as_of=f"{price.as_of:%Y-%m-%d}" if price else "",
        abilities=f"{row.source}{' (estimated)' if row.estimated else ''}",
    )


def _row(
    prompt: Prompt,
    answers: Mapping[str, Answer],
    scorer: Scorer,
    ratings: Mapping[str, Verdict],
    judges: _Judges,
) -> Row:
    item, setup = prompt.item, prompt.setup
    scores = _scores(prompt, answers, scorer, ratings, judges)
    outcomes = {}
    for quote in setup.quotes:
        answer = look_up(prompt.alone(quote), answers)
        outcomes[quote.tier.id] = _outcome(answer, answer.cost, *scores.get(answer.key, (None, "")))
    for mode in setup.modes:
        outcomes[mode_id(mode)] = _of_mode(prompt, mode, prompt.follow(mode, answers), scores)
    return Row(
        id=item.id,
        prompt=item.prompt,
        category=item.category or setup.tasks[item.id].category.value,
        difficulty=item.difficulty,
        stakes=item.stakes or setup.tasks[item.id].stakes.value,
        outcomes=outcomes,
        reference=item.reference,
    )


def _scores(
    prompt: Prompt,
    answers: Mapping[str, Answer],
    scorer: Scorer,
    ratings: Mapping[str, Verdict],
    judges: _Judges,
) -> dict[str, tuple[float | None, ScoredBy]]:
    """Return by answer what it is worth and who said so."""
    found = {answer.key: answer for answer in answers_of(prompt, answers).values()}
    if checked(prompt, found.values(), scorer):
        return {key: (scorer.score(prompt.item, answer) or 0.0, "program") for key, answer in found.items()}
    baseline = look_up(prompt.alone(prompt.setup.quote(prompt.setup.baseline)), answers)
    scores: dict[str, tuple[float | None, ScoredBy]] = {baseline.key: (Verdict.EQUAL.worth, "")}
    for pair in pairs_of(prompt, answers, scorer):
        scores[pair.challenger.key] = _judged(pair, prompt.setup.judges, answers, ratings, judges)
    # The baseline has half a point only where somebody judged against it.
    if all(score is None for key, (score, _) in scores.items() if key != baseline.key):
        scores[baseline.key] = (None, "")
    return scores


def _judged(
    pair: Pair,
    quotes: Sequence[Quote],
    answers: Mapping[str, Answer],
    ratings: Mapping[str, Verdict],
    judges: _Judges,
) -> tuple[float | None, ScoredBy]:
    """Return what the challenger is worth: the person's word counts first, then the first judge's."""
    settled = pair.settled()
    if settled is not None:
        return settled.worth, "program"
    judges.pairs.add(pair.key)
    verdicts: list[Verdict] = []
    for quote in quotes:
        if not may_judge(quote, pair):
            continue
        try:
            judged = judge_pair(quote, pair, lambda call: look_up(call, answers))
        except NeedsError:
            continue  # it has not been asked, for want of money or because it was out of reach
        judges.flipped += judged.flipped
        judges.invalid += judged.verdict is None
        if judged.verdict is not None:
            judges.heard(quote.tier.id, pair, judged.verdict)
            verdicts.append(judged.verdict)
    own = ratings.get(pair.key)
    if own is not None:
        judges.heard(PERSON, pair, own)
        return own.worth, "person"
    return (verdicts[0].worth, "model") if verdicts else (None, "")


def _of_mode(
    prompt: Prompt,
    mode: str,
    followed: Followed[Answer],
    scores: Mapping[str, tuple[float | None, ScoredBy]],
) -> Outcome:
    decision = prompt.decision(mode)
    answer = followed.answer
    paid = [each.cost for each in followed.paid]
    known = [cost for cost in paid if cost is not None]
    cost = sum(known) + decision.task.deciding_cost if len(known) == len(paid) else None
    if answer is None:
        return Outcome(
            "", "", cost, 0.0, "", "program", path=Path.FAILED, why=decision.reason, note="no answer"
        )
    waits = [each.latency_ms or 0 for each in followed.paid]
    together = max(waits[: followed.side_by_side], default=0) + sum(waits[followed.side_by_side :])
    base = _outcome(answer, cost, *scores.get(answer.key, (None, "")))
    return Outcome(
        tier=base.tier,
        text=base.text,
        cost=cost,
        score=base.score,
        key=base.key,
        scored_by=base.scored_by,
        model=base.model,
        path=followed.path,
        why=decision.reason,
        note=base.note,
        reused=followed.path is Path.SINGLE and len(followed.paid) == 1,
        input_tokens=_sum(each.input_tokens for each in followed.paid),
        cached_tokens=_sum(each.cached_tokens for each in followed.paid),
        output_tokens=_sum(each.output_tokens for each in followed.paid),
        latency_ms=together,
        estimated=any(each.certainty != "exact" for each in followed.paid),
    )


def _outcome(answer: Answer, cost: int | None, score: float | None, scored_by: ScoredBy) -> Outcome:
    note = answer.fault.replace("_", " ") or ("cut off" if answer.cut_off else "")
    return Outcome(
        tier=answer.tier,
        text=answer.text,
        cost=cost,
        score=score,
        key=answer.key,
        scored_by=scored_by,
        model=answer.model,
        note=note,
        input_tokens=answer.input_tokens,
        cached_tokens=answer.cached_tokens,
        output_tokens=answer.output_tokens,
        latency_ms=answer.latency_ms,
        estimated=answer.certainty != "exact",
    )


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
