"""What came of an experiment: saving and quality of each mode and tier, and the verdict in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from compute_broker.core.decision import MODES
from compute_broker.core.money import NANOS_PER_USD, format_usd
from compute_broker.core.names import named
from compute_broker.core.texts import begun, counted, figure, tr, within
from compute_broker.desktop.settings.rows import text_label
from compute_broker.desktop.theme import M, Theme
from compute_broker.desktop.usage.tables import SumsTable
from compute_broker.experiment.report.words import interval, percent, points

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
        told = [f"{_label(arm)}: {_verdict(arm, baseline)}." for arm in arms if arm["kind"] == "mode"]
        self.sentences.setText("\n".join(told))
        self.notes.setText("\n".join(_notes(report)))
        self.notes.setVisible(bool(self.notes.text()))


def _row(arm: Mapping[str, Any], is_baseline: bool) -> tuple[str, ...]:  # noqa: FBT001 - one of two kinds
    if is_baseline:
        return (tr("{label} alone", label=arm["label"]), _money(arm["cost_usd"]), "–", "–", "–", "–")
    name = tr("Broker, {mode}", mode=within(_label(arm)))
    if arm["kind"] != "mode":
        name = tr("{label} alone", label=arm["label"])
    saved, quality = arm["saved"], arm["difference"]
    return (
        name,
        _money(arm["cost_usd"]),
        _figures(f"{percent(saved['value'])} {interval(saved)}".strip()),
        _figures(f"{points(quality['value'])} {interval(quality, as_points=True)}".strip()),
        str(arm["better"]) if arm["compared"] else "–",
        str(arm["worse"]) if arm["compared"] else "–",
    )


def _label(arm: Mapping[str, Any]) -> str:
    """Return a tier's label, or a mode's name; the report has that in English."""
    name = str(arm["id"]).removeprefix("@")
    return begun(named(name)) if arm["kind"] == "mode" and name in MODES else str(arm["label"])


def _money(usd: float | None) -> str:
    return format_usd(None if usd is None else round(usd * NANOS_PER_USD))


def _figures(text: str) -> str:
    """Return a figure with its interval; a semicolon parts the ends where a comma is the decimal sign."""
    return text if figure(".") == "." else "; ".join(figure(part) for part in text.split(", "))


def _verdict(arm: Mapping[str, Any], baseline: str) -> str:
    """Return what the test of non-inferiority found, as the report has it."""
    test = arm["non_inferior"]
    margin = figure(f"{test['margin'] * 100:g}")
    if test["holds"] is None:
        return tr("too few prompts for a claim ({prompts})", prompts=test["prompts"])
    bound = figure(points(test["bound"]))
    if test["holds"]:
        return tr(
            "not worse than {baseline} by {margin} points or more (bound {bound})",
            baseline=baseline,
            margin=margin,
            bound=bound,
        )
    return tr(
        "not shown to be within {margin} points of {baseline} (bound {bound})",
        baseline=baseline,
        margin=margin,
        bound=bound,
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
                money=_money(judging["cost_usd"]),
            )
        )
    told.append(tr("Brackets are 95 % intervals. Figures of tiers alone are not corrected for their number."))
    return told
