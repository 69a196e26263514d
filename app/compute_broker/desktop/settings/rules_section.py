"""When tiers are passed over: on battery, by the hour, on a metered connection."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox

from compute_broker.config.edits import Value
from compute_broker.config.local_rules import LocalRules
from compute_broker.core.quote import Snapshot
from compute_broker.core.texts import tr
from compute_broker.desktop.settings.lines import Field
from compute_broker.desktop.settings.rows import Choice, Section, described, text_label
from compute_broker.desktop.settings.writer import Answer
from compute_broker.desktop.theme import Theme

_PURPOSE = tr("A tier that you choose by hand, such as @local, answers all the same.")
_ON_BATTERY = (
    ("always", tr("always")),
    (tr("above 20 %"), tr("above 20 % of charge")),
    (tr("above 40 %"), tr("above 40 % of charge")),
    (tr("above 60 %"), tr("above 60 % of charge")),
    (tr("above 80 %"), tr("above 80 % of charge")),
    ("never", tr("never")),
)


class RulesSection(Section):
    """``put`` sets one setting."""

    def __init__(self, theme: Theme, put: Callable[[str, Value, Answer | None], None]) -> None:
        """Build the rows."""
        super().__init__(theme, tr("When tiers are passed over"), _PURPOSE)
        self._put = put
        self.on_battery = Choice(theme, tr("This machine answers on battery"))
        self.on_battery.activated.connect(
            lambda _index: put("local.on_battery", self.on_battery.currentData(), None)
        )
        self.add_row(tr("Answer on battery"), self.on_battery, hint=tr("tiers on this machine"))
        self.hours = Field(tr("Hours in which this machine may answer"), self._hours_told, empty=tr("all"))
        self.add_row(tr("Answer at"), self.hours, hint=tr("such as 22:00-07:00; empty: at all hours"))
        self.column.addWidget(self.hours.problem)
        self.metered = QCheckBox(tr("Avoid tiers on the internet while the connection is metered"))
        self.metered.setAccessibleName(self.metered.text())
        self.metered.clicked.connect(lambda on: put("local.metered", "avoid" if on else "use", None))
        self.column.addWidget(self.metered)
        for name in ("on_battery", "hours", "metered"):
            described(getattr(self, name), f"local.{name}")
        self.now = text_label("", tr("What the rules do now"), kind="muted")
        self.column.addWidget(self.now)

    def show_settings(self, rules: LocalRules) -> None:
        """Show the rules in force; one that only the file can say is shown as it stands there."""
        known = [value for value, _ in _ON_BATTERY]
        offered = [*_ON_BATTERY] if rules.on_battery in known else [*_ON_BATTERY, (rules.on_battery,) * 2]
        self.on_battery.clear()
        for value, title in offered:
            self.on_battery.addItem(title, value)
        self.on_battery.setCurrentIndex(self.on_battery.findData(rules.on_battery))
        self.hours.show_text(rules.hours)
        self.metered.setChecked(rules.metered == "avoid")

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Show which tiers are passed over now, and why."""
        told = [f"{quote.tier.label}: {quote.rule}" for quote in snapshot if quote.rule]
        self.now.setText(tr("Passed over now. ") + "; ".join(told) + "." if told else "")
        self.now.setVisible(bool(told))

    def _hours_told(self, text: str) -> None:
        self._put("local.hours", text, self.hours.wrong)
