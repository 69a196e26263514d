"""The cards at the top of the usage window: a figure each, and what is to be known about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from compute_broker.core.money import format_usd
from compute_broker.core.texts import counted, figure, tr
from compute_broker.desktop.ask.words import UNKNOWN
from compute_broker.desktop.dates import said
from compute_broker.desktop.settings.rows import text_label
from compute_broker.desktop.theme import L, M, Theme
from compute_broker.desktop.usage.figures import Figures
from compute_broker.ledger.records import Period
from compute_broker.ledger.views import Sums

_NOTE_LINES = 2
"""Lines of a card that are kept free for its note: what is below does not move with the period."""


class TotalCard(QFrame):
    """A title, a large figure, and a note below it."""

    def __init__(self, title: str, theme: Theme) -> None:
        """Start with an unknown figure."""
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(2)
        head = text_label(title, tr("{title}, title", title=title), kind="muted")
        head.setFont(theme.font("small"))
        self.figure = text_label(UNKNOWN, tr("{title}, figure", title=title), kind="figure")
        self.figure.setFont(theme.font("figure"))
        self.note = _note(tr("{title}, note", title=title), theme)
        for label in (head, self.figure, self.note):
            column.addWidget(label)
        column.addStretch()

    def say(self, amount: str, note: str) -> None:
        """Show another figure and its note."""
        self.figure.setText(amount)
        self.note.setText(note)


def _note(name: str, theme: Theme) -> QLabel:
    label = text_label("\n" * (_NOTE_LINES - 1), name, kind="muted")
    label.setFont(theme.font("small"))
    side = label.alignment() & Qt.AlignmentFlag.AlignHorizontal_Mask
    label.setAlignment(side | Qt.AlignmentFlag.AlignTop)
    label.setMinimumHeight(label.sizeHint().height())
    label.setText("")
    return label


def uncertain(figures: Figures) -> str:
    """Return what of the spend is not as it was billed."""
    total = figures.total
    parts = []
    if total.estimated:
        parts.append(tr("{amount} of it estimated", amount=format_usd(total.estimated)))
    if total.unknown_attempts:
        parts.append(
            tr(
                "{unknown_attempts} of unknown cost, counted as reserved",
                unknown_attempts=figure(f"{total.unknown_attempts:,}"),
            )
        )
    return ", ".join(parts) or tr("all of it as billed")


def unanswered(total: Sums) -> str:
    """Return whether what was asked was answered: every figure counts what was."""
    if not total.requests:
        return tr("none yet")
    rest = total.requests - total.answered
    return (
        counted("{count} more not answered", "{count} more not answered", rest)
        if rest
        else tr("all answered")
    )


def outlook(figures: Figures) -> tuple[str, str]:
    """Return what the period will have cost by its end, and the band four in five such periods end in."""
    found = figures.forecast
    if figures.period is Period.ALL:
        return UNKNOWN, tr("all time has no end")
    if found is None:
        return UNKNOWN, tr("needs three whole days of use")
    end = tr("tonight") if figures.period is Period.DAY else said(found.last_day, tr("d MMMM"))
    if found.low == found.high:
        return format_usd(found.likely), tr("by {end}", end=end)
    return format_usd(found.likely), tr(
        "by {end}, likely {amount} to {amount_2}",
        end=end,
        amount=format_usd(found.low),
        amount_2=format_usd(found.high),
    )
