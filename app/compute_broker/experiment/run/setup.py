"""What an experiment is, frozen at its start: tiers with their prices, tasks, modes, baseline.

A start after an interruption finds the same setup and so makes the same decisions, whatever prices and
speeds have done meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from compute_broker import __version__
from compute_broker.broker.attempts import model_of
from compute_broker.broker.policy import Rules, decide
from compute_broker.core.decision import CrossCheck, Decision, Mode, parse_mode
from compute_broker.core.errors import PersonError
from compute_broker.core.quote import Quote, Snapshot
from compute_broker.core.task import Task
from compute_broker.core.texts import tr
from compute_broker.experiment.prompts import PromptItem

FEWEST_TIERS = 2


Item = PromptItem
"""A prompt, as the rooms of a run call it."""


class Setup(msgspec.Struct, frozen=True, kw_only=True, tag="setup"):
    """One experiment. ``run`` is the ledger's project tag of all that it spends.

    ``cross_check`` is by mode; ``left_out`` names the tiers that do not take part, with the reason;
    ``judges`` are the tiers that compare answers, the one whose word counts first. ``private_left_out``
    counts prompts that not every tier may see; ``allow_code`` is the person's leave to run code from answers;
    ``title`` and ``notes`` are for the report.
    """

    digest: str
    run: str
    version: str
    made: datetime
    items: list[Item]
    quotes: list[Quote]
    tasks: dict[str, Task]
    modes: list[str]
    cross_check: dict[str, CrossCheck]
    baseline: str
    most_seconds: float | None = None
    left_out: dict[str, str] = {}
    judges: list[Quote] = []
    private_left_out: int = 0
    allow_code: bool = False
    title: str = "Experiment"
    notes: list[str] = []

    @property
    def snapshot(self) -> Snapshot:
        """The tiers as the policy sees them."""
        return Snapshot({quote.tier.id: quote for quote in self.quotes}, self.made)

    def quote(self, tier_id: str) -> Quote:
        """Return a tier of the experiment.

        Raises:
            KeyError: it has none of that name.
        """
        return self.snapshot.quotes[tier_id]

    def decide(self, prompt_id: str, mode: str) -> Decision:
        """Return what the broker does with a prompt in a mode."""
        rules = Rules(
            mode=parse_mode(mode),
            baseline_id=self.baseline,
            cross_check=self.cross_check[mode],
            most_seconds=self.most_seconds,
        )
        return decide(self.tasks[prompt_id], self.snapshot, rules)


def make_setup(
    items: Sequence[Item],
    snapshot: Snapshot,
    *,
    tiers: Sequence[str] | None,
    modes: Sequence[str],
    baseline: str,
    cross_check: Callable[[Mode], CrossCheck],
    classify: Callable[[Item], Task],
    run: str,
    judges: Sequence[str] = (),
    most_seconds: float | None = None,
    allow_code: bool = False,
    title: str = "Experiment",
    notes: Sequence[str] = (),
) -> Setup:
    """Return the setup for ``items`` with the tiers as they are in ``snapshot`` now.

    ``tiers`` ``None`` takes all that can answer and whose price is known.

    Raises:
        PersonError: a tier that was asked for, the baseline or a judge cannot take part, or fewer than two
            can.
    """
    _check_items(items)
    quotes, left_out = _quotes(snapshot, tiers)
    _check_tiers(quotes, left_out, baseline)
    try:
        floors = {name: parse_mode(name) for name in modes}
    except ValueError as error:
        raise PersonError(str(error)) from error
    crossed = {name: cross_check(floor) for name, floor in floors.items()}
    tasks = {item.id: classify(item) for item in items}
    all_here = all(quote.tier.on_this_machine for quote in quotes)
    asked = [item for item in items if all_here or not tasks[item.id].private]
    if not asked:
        raise PersonError(
            tr("all prompts are private, and not all tiers are on this machine; choose --tiers")
        )
    return Setup(
        digest=_digest(asked, quotes, crossed, baseline, most_seconds),
        run=run,
        version=__version__,
        made=datetime.now(UTC),
        items=asked,
        quotes=quotes,
        tasks={item.id: tasks[item.id] for item in asked},
        modes=list(modes),
        cross_check=crossed,
        baseline=baseline,
        most_seconds=most_seconds,
        left_out=left_out,
        judges=_judges(snapshot, judges, baseline),
        private_left_out=len(items) - len(asked),
        allow_code=allow_code,
        title=title,
        notes=list(notes),
    )


def _check_items(items: Sequence[Item]) -> None:
    if not items:
        raise PersonError("there is no prompt to ask; give a file with one JSON object a line")
    seen: set[str] = set()
    for item in items:
        if item.id in seen:
            raise PersonError(f"two prompts have the id {item.id!r}; give one of them another")
        seen.add(item.id)


def _judges(snapshot: Snapshot, judges: Sequence[str], baseline: str) -> list[Quote]:
    if baseline in judges:
        raise PersonError(
            tr(
                "{baseline} is the baseline, and no tier judges its own answers; choose another judge",
                baseline=repr(baseline),
            )
        )
    return _quotes(snapshot, judges)[0] if judges else []


def _quotes(snapshot: Snapshot, tiers: Sequence[str] | None) -> tuple[list[Quote], dict[str, str]]:
    """Return the quotes that take part, and why others do not."""
    taking, left_out = [], {}
    unknown = [tier for tier in tiers or () if tier not in snapshot.quotes]
    if unknown:
        raise PersonError(
            f"there is no tier {unknown[0]!r}; the tiers are: {', '.join(snapshot.quotes) or 'none'}"
        )
    for quote in snapshot:
        tier_id = quote.tier.id
        if tiers is not None and tier_id not in tiers:
            left_out[tier_id] = "not asked for"
        elif not quote.availability.state.usable:
            left_out[tier_id] = quote.availability.reason
        elif quote.price is None:
            left_out[tier_id] = quote.unpriced_reason or "nobody knows its price"
        else:
            taking.append(quote)
    for tier_id in tiers or ():
        if tier_id in left_out:
            raise PersonError(
                tr("the tier {tier_id} cannot take part: {why}", tier_id=repr(tier_id), why=left_out[tier_id])
            )
    return taking, left_out


def _check_tiers(quotes: Sequence[Quote], left_out: Mapping[str, str], baseline: str) -> None:
    names = [quote.tier.id for quote in quotes]
    if baseline not in names:
        why = left_out.get(baseline, tr("there is no such tier"))
        raise PersonError(
            tr(
                "the baseline {baseline} cannot take part: {why}; choose one of {names} with --baseline",
                baseline=repr(baseline),
                why=why,
                names=", ".join(names) or tr("none"),
            )
        )
    if len(quotes) < FEWEST_TIERS:
        raise PersonError(tr("an experiment needs at least two tiers that can answer; switch another one on"))


def _digest(
    items: Iterable[Item],
    quotes: Iterable[Quote],
    cross_check: Mapping[str, CrossCheck],
    baseline: str,
    most_seconds: float | None,
) -> str:
    """Return what tells one experiment from another: not prices or speeds, which change meanwhile."""
    tiers = [
        [q.tier.id, model_of(q), q.tier.provider, q.tier.base_url, q.tier.effort, q.tier.max_output_tokens]
        for q in quotes
    ]
    parts = [
        __version__,
        list(items),
        tiers,
        list(cross_check.items()),
        baseline,
        most_seconds,
    ]
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:16]
