"""The attachments above the input: a thumbnail or a sign, the name, the size, and a way to remove each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from compute_broker.core.attachment import Attachment, Image
from compute_broker.core.texts import figure, tr
from compute_broker.desktop.ask.flow import FlowLayout
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.theme import XS, Theme

_NAME_WIDTH = 150
_THUMBNAIL = 28
_REMOVES = {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}
_KILO, _MEGA = 1000, 1_000_000


class Chips(QWidget):
    """One chip an attachment, and a quiet note after them."""

    removed = Signal(int)
    """The number of the chip whose attachment is not wanted."""

    def __init__(self, theme: Theme) -> None:
        """Start empty and hidden."""
        super().__init__()
        self._theme = theme
        self._flow = FlowLayout(self, XS)
        self._chips: list[Chip] = []
        self._note = QLabel()
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        line_up(self._note)
        self._note.setProperty("kind", "muted")
        self._note.setAccessibleName(tr("Note on the attachments"))
        self._flow.addWidget(self._note)
        self.setAccessibleName(tr("Attachments"))
        theme.changed.connect(self._dress)
        self._dress()
        self.hide()

    @property
    def names(self) -> list[str]:
        """The names shown, in order."""
        return [chip.name for chip in self._chips]

    @property
    def buttons(self) -> list[QToolButton]:
        """The buttons that remove, in order."""
        return [chip.close_button for chip in self._chips]

    @property
    def note(self) -> str:
        """What the note says."""
        return self._note.text()

    def show_items(self, items: Sequence[tuple[Attachment, QImage | None]], note: str = "") -> None:
        """Show ``items`` and a note; hide when there are none. The focus stays among them where it was."""
        at = next((number for number, chip in enumerate(self._chips) if chip.close_button.hasFocus()), None)
        for chip in self._chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self._flow.removeWidget(self._note)
        self._chips = [Chip(self._theme, each, picture) for each, picture in items]
        for number, chip in enumerate(self._chips):
            chip.removed.connect(lambda number=number: self.removed.emit(number))
            self._flow.addWidget(chip)
            chip.show()
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._flow.addWidget(self._note)
        self.setVisible(bool(items))
        if at is not None and self._chips:
            self._chips[min(at, len(self._chips) - 1)].close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dress(self) -> None:
        self._note.setFont(self._theme.font("small"))
        for chip in self._chips:
            chip.dress()


class Chip(QFrame):
    """One attachment."""

    removed = Signal()

    def __init__(self, theme: Theme, item: Attachment, picture: QImage | None) -> None:
        """Show ``item``, with its thumbnail where it is an image."""
        super().__init__()
        self._theme = theme
        self.name = item.name
        self.setProperty("kind", "bar")
        self.setAccessibleName(f"{item.name}, {about(item)}")
        row = QHBoxLayout(self)
        row.setContentsMargins(XS, XS // 2, XS // 2, XS // 2)
        row.setSpacing(XS)
        self._sign, self._text, self._size = QLabel(), QLabel(), QLabel(about(item))
        for label in (self._sign, self._text, self._size):
            label.setTextFormat(Qt.TextFormat.PlainText)
            line_up(label)
            label.setAccessibleName("")
            row.addWidget(label)
        self._size.setProperty("kind", "muted")
        self.close_button = _CloseButton(tr("Remove {item}", item=item.name))
        self.close_button.removes.connect(self.removed)
        row.addWidget(self.close_button)
        self._picture = picture
        doubt = getattr(item, "note", "")
        self.setToolTip(f"{item.name}\n{doubt}" if doubt else item.name)
        self.dress()

    def dress(self) -> None:
        """Follow the theme."""
        small = self._theme.font("small")
        self._text.setFont(small)
        self._size.setFont(small)
        elided = self._text.fontMetrics().elidedText(
            " ".join(self.name.split()), Qt.TextElideMode.ElideMiddle, _NAME_WIDTH
        )
        self._text.setText(elided)
        colours = self._theme.colours
        self.close_button.setIcon(glyph("close", colours.muted))
        if self._picture is None:
            self._sign.setPixmap(glyph("file", colours.muted).pixmap(QSize(18, 18)))
            return
        scale = self.devicePixelRatioF()
        side = round(_THUMBNAIL * scale)
        pixmap = QPixmap.fromImage(self._picture).scaled(
            side, side, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        pixmap.setDevicePixelRatio(scale)
        self._sign.setPixmap(pixmap)


class _CloseButton(QToolButton):
    """Removes by a click, and by the keys that delete."""

    removes = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setProperty("kind", "quiet")
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setIconSize(QSize(14, 14))
        self.setStyleSheet("QToolButton { padding: 1px; }")
        self.clicked.connect(self.removes)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() in _REMOVES:
            self.removes.emit()
        else:
            super().keyPressEvent(event)


def about(item: Attachment) -> str:
    """Return an attachment's size as a person reads it: pixels of an image, bytes of a text."""
    if isinstance(item, Image):
        return f"{item.width} x {item.height}"
    size = len(item.text.encode("utf-8", "replace"))
    if size < _KILO:
        return f"{size} B"
    return f"{size / _KILO:.0f} kB" if size < _MEGA else figure(f"{size / _MEGA:.1f} MB")
