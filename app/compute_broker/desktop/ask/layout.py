"""How the quick ask window is put together, and how it grows and finds its place on the screen."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QCursor, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from compute_broker.desktop.ask.card import Card
from compute_broker.desktop.ask.controls import Controls
from compute_broker.desktop.ask.footer import Footer
from compute_broker.desktop.ask.notice import Notice
from compute_broker.desktop.ask.prompt_input import PromptInput
from compute_broker.desktop.ask.why import WhyTable
from compute_broker.desktop.markdown.view import MarkdownView
from compute_broker.desktop.theme import L, M, S, Theme

WIDTH = 680
_VIEW_SHARE = 0.55
"""The most of a screen's height that the answer takes before it scrolls."""
_TOP_SHARE = 0.16
"""Where on the screen the window's top is."""


class AskLayout(Card):
    """The widgets of the quick ask window, without behaviour."""

    def __init__(self, theme: Theme) -> None:
        """Build everything once; what is empty is hidden."""
        super().__init__(theme)
        self.setWindowTitle("Compute Broker: quick ask")
        self.setAccessibleName("Quick ask")
        self.input = PromptInput()
        self.controls = Controls(theme, self)
        self.reason = text_label("Reason")
        self.why = WhyTable(theme)
        self.trouble = Notice(theme, "Problem")
        self.advice = Notice(theme, "Notice")
        self.rule = _rule()
        self.view = MarkdownView(theme)
        self.footer = Footer(theme)
        self._arrange()
        self.why.hide()
        self.reason.hide()
        self.rule.hide()
        self.view.hide()
        self.input.grown.connect(self.fit)
        self.why.grown.connect(self.fit, Qt.ConnectionType.QueuedConnection)
        self.view.document().documentLayout().documentSizeChanged.connect(lambda _size: self.fit())
        theme.changed.connect(self._dress)
        self._dress()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """A person's new width lets the texts wrap anew; it is kept until the program ends."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            QTimer.singleShot(0, self, self.fit)

    def fit(self) -> None:
        """Make the window as high as what it shows, within the screen."""
        if not self.view.isHidden():
            document = self.view.document().size().height()
            self.view.setFixedHeight(round(min(max(document + 2, 24), self._view_limit())))
        column = self._column
        column.activate()
        height = column.totalSizeHint().height()
        if column.hasHeightForWidth():
            height = column.totalHeightForWidth(self.width())
        wanted = QSize(self.width(), height)
        if wanted != self.size():
            self.resize(wanted)

    def show_answer(self, *, shown: bool) -> None:
        """Show or hide everything below the controls."""
        self.view.setVisible(shown)
        self.rule.setVisible(shown)

    def place(self) -> None:
        """Put the window on the screen the cursor is on; where the system places windows, leave it."""
        screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
        area: QRect = screen.availableGeometry()
        if self.width() > area.width():
            self.resize(area.width(), self.height())
        left = area.left() + (area.width() - self.width()) // 2
        self.move(QPoint(left, area.top() + round(area.height() * _TOP_SHARE) - self.inset))

    def _view_limit(self) -> float:
        return (self.screen().availableGeometry().height()) * _VIEW_SHARE

    def _arrange(self) -> None:
        column = self._column = QVBoxLayout(self)
        edge = self.inset
        column.setContentsMargins(edge + L + 2, edge + L, edge + L + 2, edge + M)
        column.setSpacing(S)
        top = QHBoxLayout()
        top.setSpacing(S)
        top.addWidget(self.input, 1, Qt.AlignmentFlag.AlignVCenter)
        top.addWidget(self.controls.buttons, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(top)
        for widget in (self.controls.preview, self.reason, self.why, self.trouble, self.advice):
            column.addWidget(widget)
        for widget in (self.rule, self.view, self.footer):
            column.addWidget(widget)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.resize(WIDTH + 2 * edge, 100)

    def _dress(self) -> None:
        font = self._theme.font("body")
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self.input.setFont(font)
        self.reason.setFont(self._theme.font("small"))
        self.rule.setStyleSheet(f"background: {self._theme.colours.border}; border: none;")


def text_label(name: str) -> QLabel:
    """Return an empty plain label that wraps."""
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setAccessibleName(name)
    return label


def _rule() -> QFrame:
    rule = QFrame()
    rule.setFixedHeight(1)
    return rule
