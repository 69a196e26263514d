"""A room of controls that flow in rows, as words fill lines, and scroll beyond a few rows."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from compute_broker.desktop.ask.flow import FlowLayout

_ROOM_FOR_BAR = 12
"""Pixels that the scroll bar takes."""


class Flowing(QScrollArea):
    """As high as its rows, up to ``highest`` pixels."""

    def __init__(self, name: str, gap: int, highest: int) -> None:
        """Start empty; ``name`` is its accessible name, ``gap`` stands between controls."""
        super().__init__()
        self._highest = highest
        self._inside = QWidget()
        self._flow = FlowLayout(self._inside, gap)
        self.setAccessibleName(name)
        self.setWidget(self._inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; }")

    def add(self, control: QWidget) -> None:
        """Add a control at the end; the keyboard brings it into sight."""
        self._flow.addWidget(control)
        self._fit()

    def remove(self, control: QWidget) -> None:
        """Take a control out."""
        self._flow.removeWidget(control)
        self._fit()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As narrow as its largest control."""
        return QSize(self._flow.minimumSize().width() + _ROOM_FOR_BAR, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fill the rows anew."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        wanted = self._flow.heightForWidth(self.width())
        wanted = min(wanted, self._highest)
        if wanted != self.minimumHeight():
            self.setFixedHeight(wanted)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002, FBT001, N802 - Qt's name and signature
        """Let the focus walk on, and bring where it is into sight."""
        moved = super().focusNextPrevChild(next)
        focused = self.focusWidget()
        if focused is not None and self._inside.isAncestorOf(focused):
            self.ensureWidgetVisible(focused, 0, 4)
        return moved
