"""What our charts share: drawn when something changed, walked through by arrow keys, told under the mouse."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from compute_broker.desktop.mirroring import mirrored
from compute_broker.desktop.theme import Theme

_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
_OTHER_LOOK = {QEvent.Type.LayoutDirectionChange, QEvent.Type.FontChange, QEvent.Type.EnabledChange}


class Chart(QWidget):
    """A low band with points, the last of them now. Arrow keys walk through them; each is read out.

    The drawing is kept as a picture: a window that comes to the front is painted whole, several times in a
    row, and drawing some dozens of bars each time would cost it a frame.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        """Start empty; ``name`` is its accessible name."""
        super().__init__(parent)
        self._theme = theme
        self._at: int | None = None
        """The point that was walked to."""
        self._picture: QPixmap | None = None
        self._drawn_for = (QSize(), 0.0)
        """The size and the pixel ratio of the picture."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)
        theme.changed.connect(self.redraw)

    def redraw(self) -> None:
        """Draw anew when next painted: what is shown has changed."""
        self._picture = None
        self.update()

    # What a chart says of itself

    def draw(self, painter: QPainter) -> None:
        """Draw everything, antialiased and in the small font."""
        raise NotImplementedError

    def points(self) -> int:
        """Return how many points can be walked to."""
        raise NotImplementedError

    def point_text(self, number: int) -> str:
        """Return a point in words."""
        raise NotImplementedError

    def point_spot(self, number: int) -> QPointF:
        """Return where a point's words are shown, in the chart's own pixels."""
        raise NotImplementedError

    def point_near(self, x: int) -> int:
        """Return the point nearest to ``x`` pixels from the left; there is one."""
        raise NotImplementedError

    # Events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - Qt's signature
        """Copy the picture, drawn before if it is not there, or of another size or scale."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._drawn_for != (self.size(), ratio):
            self._drawn_for = (self.size(), ratio)
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self._theme.font("small"))
            painter.setLayoutDirection(self.layoutDirection())
            self.draw(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Draw anew when side or font change."""
        super().changeEvent(event)
        if event.type() in _OTHER_LOOK:
            self.redraw()

    def event(self, event: QEvent) -> bool:
        """Show a point's figures where the mouse rests."""
        if isinstance(event, QHelpEvent) and self.points():
            QToolTip.showText(event.globalPos(), self.point_text(self.point_near(event.pos().x())), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Walk through the points, the way they are drawn, from the last one."""
        if event.key() not in _STEPS or not self.points():
            super().keyPressEvent(event)
            return
        step = _STEPS[Qt.Key(event.key())] * (-1 if mirrored(self) else 1)
        last = self.points() - 1
        self._at = last if self._at is None else max(0, min(self._at + step, last))
        text = self.point_text(self._at)
        self.setAccessibleDescription(text)
        QToolTip.showText(self.mapToGlobal(self.point_spot(self._at).toPoint()), text, self)
        self.redraw()
