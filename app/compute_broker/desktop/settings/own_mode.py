"""A mode of the person's own: a share of the best chance, beside the three that have names."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from compute_broker.config.edits import Value
from compute_broker.core.decision import MODES, parse_mode
from compute_broker.core.texts import figure, tr
from compute_broker.desktop.settings.lines import Field
from compute_broker.desktop.settings.rows import described
from compute_broker.desktop.settings.writer import Answer
from compute_broker.desktop.theme import S

_WIDTH = 90
_ALL = 100


class OwnMode(QWidget):
    """``put`` sets one setting. The button is for the page's group of modes."""

    def __init__(self, put: Callable[[str, Value, Answer], None]) -> None:
        """Build the row."""
        super().__init__()
        self._put = put
        self.button = QRadioButton(tr("Of your own: accepts this share of the best chance"))
        self.button.setAccessibleName(self.button.text())
        self.share = Field(tr("Share of the best chance that is accepted"), self._typed, empty=figure("0.95"))
        self.share.setFixedWidth(_WIDTH)
        for control in (self.button, self.share):
            described(control, "mode")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(S)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.button)
        row.addWidget(self.share)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.share.problem)
        self.button.clicked.connect(lambda: self.share.setFocus(Qt.FocusReason.OtherFocusReason))

    def show_mode(self, mode: str) -> None:
        """Show the mode in force, where it is one's own."""
        own = mode not in MODES
        self.button.setChecked(own)
        self.share.show_text(figure(mode) if own else "")

    def _typed(self, text: str) -> None:
        try:
            self._put("mode", _share(text), self.share.wrong)
        except ValueError:
            self.share.wrong(tr("{text} is no share: write 0.95, or 95 %.", text=text or tr("Nothing")))


def _share(text: str) -> str:
    """Return ``0.95`` for that, and for ``0,95`` and ``95 %``.

    Raises:
        ValueError: it is no share above 0 and up to 1.
    """
    plain = text.replace(",", ".")
    if plain.endswith("%"):
        plain = f"{float(plain.removesuffix('%')) / _ALL:g}"
    if plain in MODES:
        raise ValueError(plain)
    return parse_mode(plain).name
