"""Of one tier that is paid by plan: what a window and a week cover, and what holds beyond."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QWidget

from compute_broker.config.edits import Value
from compute_broker.config.hours import DAYS, clock
from compute_broker.config.plan_settings import MOST_COVERED, MOST_HOURS, PlanSettings
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.texts import counted, tr
from compute_broker.desktop.settings.entries import shown, whole_number
from compute_broker.desktop.settings.fold import Entries, Fold
from compute_broker.desktop.settings.lines import Field, Lines
from compute_broker.desktop.settings.rows import Choice, described
from compute_broker.desktop.settings.tier_put import PutTier
from compute_broker.desktop.settings.writer import Answer
from compute_broker.desktop.theme import S, Theme

_COVERED = (
    ("requests", tr("Prompts a window")),
    ("tokens", tr("Tokens a window")),
    ("week_requests", tr("Prompts a week")),
    ("week_tokens", tr("Tokens a week")),
)
_WINDOW = ("window_hours", tr("Hours a window"))
_WEEK = ("week_resets", tr("Week begins"))
_THEN = ("then", tr("Beyond it"))
_THENS = (("metered", tr("Pay its price")), ("stop", tr("Ask elsewhere")))
_DAY_NAMES = (
    tr("Monday"),
    tr("Tuesday"),
    tr("Wednesday"),
    tr("Thursday"),
    tr("Friday"),
    tr("Saturday"),
    tr("Sunday"),
)
_WAITS = tr("Say above how many prompts or tokens the plan covers; this holds from then on.")
_TIME_WIDTH = 76


class TierPlan(Fold):
    """A plan is there as soon as it covers something. What is said of it before that waits in its field."""

    day: Choice
    at: Field
    then: Choice

    TITLE = tr("Plan")

    def __init__(self, theme: Theme, tier: TierSettings, put: PutTier) -> None:
        """Build the headline."""
        super().__init__(theme, tier, put)
        self._values = _values_of(tier.plan)
        self._waiting: list[Answer] = []

    @staticmethod
    def entries(tier: TierSettings) -> Entries:  # noqa: ARG004 - every tier that may have a plan has all of it
        """Return what is covered, when, and what holds beyond."""
        titles = (*_COVERED[:2], _WINDOW, *_COVERED[2:], _WEEK, _THEN)
        return [(f"tiers.plan.{name}", title) for name, title in titles]

    def summary(self) -> str:
        """Return what the plan covers."""
        return plan_told(self.tier.plan)

    def show_tier(self, tier: TierSettings) -> None:
        """Show the plan in force; of one that is gone its hours stay, for the next one."""
        if tier.plan is not None:
            self._values = _values_of(tier.plan)
            for answer in self._waiting:
                answer("")
            self._waiting = []
        elif self.tier.plan is not None:
            self._values |= dict.fromkeys(name for name, _ in _COVERED)
        super().show_tier(tier)

    def make(self, lines: Lines) -> None:
        """Add what is covered, then when, then what holds beyond."""
        for name, title in _COVERED[:2]:
            self._add_number(lines, name, title, tr("any number"))
        self._add_number(lines, *_WINDOW, "5")
        for name, title in _COVERED[2:]:
            self._add_number(lines, name, title, tr("any number"))
        self._add_week(lines)
        self.then = lines.choice(
            f"tiers.plan.{_THEN[0]}", _THEN[1], lambda value, answer: self.take("then", value, answer)
        )
        for value, title in _THENS:
            self.then.addItem(title, value)

    def fill(self) -> None:
        """Show what is in force, or waits to be."""
        for name, field in self.fields.items():
            field.show_text(shown(self._values[name]))
        day, _, at = str(self._values["week_resets"]).strip().lower().partition(" ")
        self.day.setCurrentIndex(self.day.findData(day))
        self.at.show_text(at.strip() or "00:00")
        self.then.setCurrentIndex(self.then.findData(self._values["then"]))

    def _add_number(self, lines: Lines, name: str, title: str, empty: str) -> None:
        self.add_field(lines, name, f"tiers.plan.{name}", title, empty)

    def read(self, name: str, text: str) -> Value:
        """Return a number of prompts, tokens or hours; no hours are the usual ones."""
        hours = name == "window_hours"
        number = whole_number(text, 1, MOST_HOURS if hours else MOST_COVERED)
        return _values_of(None)[name] if hours and number is None else number

    def _add_week(self, lines: Lines) -> None:
        setting, title = f"tiers.plan.{_WEEK[0]}", _WEEK[1]
        both = QWidget()
        self.day = Choice(self._theme, tr("{name}, day on which the plan's week begins", name=self.name))
        for value, name in zip(DAYS, _DAY_NAMES, strict=True):
            self.day.addItem(name, value)
        self.at = Field(
            tr("{name}, time at which the plan's week begins", name=self.name),
            lambda _text: self._week_told(),
            empty="00:00",
        )
        self.at.setFixedWidth(_TIME_WIDTH)
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        for control in (self.day, self.at):
            described(control, setting)
            row.addWidget(control)
        row.addStretch(1)
        lines.add(setting, title, both, self.at.problem)
        self.day.activated.connect(lambda _index: self._week_told())

    def _week_told(self) -> None:
        text = self.at.text().strip() or "00:00"
        try:
            at = clock(tr("Week begins"), text)
        except ValueError as error:
            self.at.wrong(f"{error}.")
            return
        self.take("week_resets", f"{self.day.currentData()} {at:%H:%M}", self.at.wrong)

    def take(self, name: str, value: Value, answer: Answer) -> None:
        """Keep a value, and write what the plan now is: nothing while it covers nothing."""
        before = _values_of(self.tier.plan)
        self._values[name] = value
        changed = {each: value for each, value in self._values.items() if value != before[each]}

        def answered(problem: str) -> None:
            if problem:
                self._values[name] = before[name]
            answer(problem)

        if any(self._values[each] for each, _ in _COVERED):
            self.put(changed, answered)
        elif self.tier.plan is not None:
            self.put(dict.fromkeys(self._values), answered)
        else:
            answer(_WAITS if changed else "")
            self._waiting.append(answer)


def plan_told(plan: PlanSettings | None) -> str:
    """Return in a few words what a plan covers."""
    if plan is None:
        return tr("none: each prompt is paid")
    hours = counted("{count} hour", "{count} hours", plan.window_hours)
    in_window = _covered(plan.requests, plan.tokens)
    in_week = _covered(plan.week_requests, plan.week_tokens)
    said = [tr("{covered} in {hours}", covered=each, hours=hours) for each in in_window]
    said += [tr("{covered} a week", covered=each) for each in in_week]
    beyond = tr("its price beyond") if plan.then == "metered" else tr("nothing beyond")
    return "; ".join((*said, beyond))


def _covered(requests: int | None, tokens: int | None) -> list[str]:
    return [
        *([] if requests is None else [counted("{count} prompt", "{count} prompts", requests)]),
        *([] if tokens is None else [counted("{count} token", "{count} tokens", tokens)]),
    ]


def _values_of(plan: PlanSettings | None) -> dict[str, Any]:
    """Return a plan's settings by name; without a plan what would hold unless it is said."""
    names = PlanSettings.__struct_fields__
    if plan is None:
        return dict(zip(names, PlanSettings.__struct_defaults__, strict=True))
    return {name: getattr(plan, name) for name in names}
