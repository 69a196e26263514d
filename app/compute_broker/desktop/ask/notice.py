"""A bar inside the window for what the person should know or decide: never a dialog in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.kinds import set_kind
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.theme import S, Theme

Action = tuple[str, Callable[[], None]]


class Notice(QFrame):
    """One sentence, up to three actions, and a way to dismiss it."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        """Start hidden; ``name`` is its accessible name."""
        super().__init__(parent)
        self._theme = theme
        self.setProperty("kind", "bar")
        self.setAccessibleName(name)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        line_up(self._text)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setAccessibleName(name)
        self._close = QToolButton()
        self._close.setProperty("kind", "quiet")
        self._close.setAccessibleName(tr("Dismiss"))
        self._close.setToolTip(tr("Dismiss"))
        self._close.clicked.connect(self.hide)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(12, 6, 6, 6)
        self._row.setSpacing(S)
        self._row.addWidget(self._text, 1)
        self._row.addWidget(self._close)
        self._buttons: list[QPushButton] = []
        theme.changed.connect(self._dress)
        self._dress()
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    @property
    def actions_offered(self) -> list[str]:
        """The labels of its buttons."""
        return [button.text() for button in self._buttons]

    def say(self, text: str, actions: Sequence[Action] = (), *, kind: str = "") -> None:
        """Show a sentence with buttons; ``kind`` is ``bad``, ``warn`` or nothing."""
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = []
        self._text.setText(text)
        set_kind(self._text, kind)
        for number, (label, act) in enumerate(actions):
            button = QPushButton(label)
            button.setAccessibleName(label)
            button.setAutoDefault(False)
            button.clicked.connect(self._acting(act))
            self._row.insertWidget(1 + number, button)
            before = self._close.previousInFocusChain()
            if before is not None:
                QWidget.setTabOrder(before, button)  # new as it is, it would come last of all
            self._buttons.append(button)
        self.show()

    def press(self, label: str) -> None:
        """Press the button of that label."""
        next(button for button in self._buttons if button.text() == label).click()

    def _acting(self, act: Callable[[], None]) -> Callable[[], None]:
        def pressed() -> None:
            self.hide()
            act()

        return pressed

    def _dress(self) -> None:
        self._close.setIcon(glyph("close", self._theme.colours.muted))
