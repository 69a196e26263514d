"""A check box whose words end in an ellipsis where its room ends."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter, QToolTip

_WIDEST = 260
"""Pixels that it asks for at most."""
_NARROWEST = 72
"""Pixels that show at least how a name begins."""

_DRESSED = {QEvent.Type.Polish, QEvent.Type.FontChange, QEvent.Type.StyleChange}


class ElidedCheck(QCheckBox):
    """:meth:`text` is the whole text; so is what a screen reader hears, and the tooltip where it is cut."""

    def __init__(self, text: str, *, widest: int = _WIDEST) -> None:
        """Say ``text``; ask for ``widest`` pixels at most, but take more where there is more."""
        super().__init__(text)
        self._widest = widest
        self._full: int | None = None
        """How wide all of it is, reckoned once: Qt takes as long for that as for painting it."""
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    @property
    def is_cut(self) -> bool:
        """Whether some of the text is not shown."""
        if self._full is None:
            self._full = super().sizeHint().width()
        return self._full > self.width()

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's name
        """Say something else."""
        super().setText(text)
        self._full = None

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as the words, up to a limit."""
        return super().sizeHint().boundedTo(QSize(self._widest, 1 << 16))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the box and a few letters."""
        return super().sizeHint().boundedTo(QSize(_NARROWEST, 1 << 16))

    def hitButton(self, pos: QPoint) -> bool:  # noqa: N802 - Qt's name
        """Box and words can be clicked; Qt reckons with the words' full length."""
        return self.rect().contains(pos) if self.is_cut else super().hitButton(pos)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Let Qt paint it, with as much of the words as fits."""
        if not self.is_cut:
            super().paintEvent(event)
            return
        option = QStyleOptionButton()
        self.initStyleOption(option)
        part = QStyle.SubElement.SE_CheckBoxContents
        room = self.style().subElementRect(part, option, self).width()
        option.text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_CheckBox, option)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Show the whole text under the mouse where it is cut, above what else there is to say."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.is_cut:
            told = [text for text in (self.text().replace("&&", "&"), self.toolTip()) if text]
            QToolTip.showText(event.globalPos(), "\n".join(told), self)
            return True
        if event.type() in _DRESSED:
            self._full = None
        return super().event(event)
