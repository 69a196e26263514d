"""What came of an experiment: saving and quality of each mode and tier, and the verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from compute_broker.core.texts import counted, tr
from compute_broker.desktop.settings.rows import text_label
from compute_broker.desktop.theme import M, Theme
from compute_broker.desktop.usage.tables import SumsTable
from compute_broker.experiment.report.words import interval, money, percent, points, verdict

COLUMNS = ("", tr("Cost"), tr("Saved"), tr("Quality, points"), tr("Better"), tr("Worse"))
_ROW_HEIGHT = 28


class Outcome(QWidget):
    """The figures of ``report.json``, as they are there."""

    def __init__(self, theme: Theme) -> None:
        """Show nothing yet."""
        super().__init__()
        self.heading = text_label("", tr("Result"))
        self.heading.setFont(theme.font("title"))
        self.table = SumsTable(tr("Result by mode and tier"), COLUMNS)
        self.sentences = text_label("", tr("Verdict"))
        self.notes = text_label("", tr("Not measured"), kind="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(M)
        for widget in (self.heading, self.table, self.sentences, self.notes):
            column.addWidget(widget)
        theme.changed.connect(lambda: self.heading.setFont(theme.font("title")))

    def show_report(self, report: Mapping[str, Any]) -> None:
        """Show a report's figures."""
        labels = {arm["id"]: arm["label"] for arm in report["arms"]}
        baseline = labels.get(report["baseline"], report["baseline"])
        count = report["prompts"]
        self.heading.setText(
            counted(
                "{count} prompt, against always {baseline}",
                "{count} prompts, against always {baseline}",
                count,
                baseline=baseline,
            )
        )
        arms = sorted(report["arms"], key=lambda arm: arm["kind"] != "mode")
        self.table.show_rows([_row(arm, arm["id"] == report["baseline"]) for arm in arms])
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + _ROW_HEIGHT * len(arms) + 4)
        told = [f"{arm['label']}: {verdict(arm, baseline)[1]}." for arm in arms if arm["kind"] == "mode"]
        self.sentences.setText("\n".join(told))
        self.notes.setText("\n".join(_notes(report)))
        self.notes.setVisible(bool(self.notes.text()))


def _row(arm: Mapping[str, Any], is_baseline: bool) -> tuple[str, ...]:  # noqa: FBT001 - one of two kinds
    if is_baseline:
        return (f"{arm['label']} alone", money(arm["cost_usd"]), "–", "–", "–", "–")
    name = f"Broker, {arm['label'].lower()}" if arm["kind"] == "mode" else f"{arm['label']} alone"
    saved, quality = arm["saved"], arm["difference"]
    return (
        name,
        money(arm["cost_usd"]),
        f"{percent(saved['value'])} {interval(saved)}".strip(),
        f"{points(quality['value'])} {interval(quality, as_points=True)}".strip(),
        str(arm["better"]) if arm["compared"] else "–",
        str(arm["worse"]) if arm["compared"] else "–",
    )


def _notes(report: Mapping[str, Any]) -> list[str]:
    told = []
    if report["unfinished"]:
        told.append(
            tr("{report} prompts were not asked everywhere and are left out.", report=report["unfinished"])
        )
    if report["unscored"]:
        told.append(
            tr(
                "Of {report} prompts nobody could tell which answer is better; rate them.",
                report=report["unscored"],
            )
        )
    judging = report["judging"]
    if judging["pairs"]:
        told.append(
            tr(
                "{judging} pairs were judged, for {money} beside the rest.",
                judging=judging["pairs"],
                money=money(judging["cost_usd"]),
            )
        )
    told.append(tr("Brackets are 95 % intervals. Figures of tiers alone are not corrected for their number."))
    return told
