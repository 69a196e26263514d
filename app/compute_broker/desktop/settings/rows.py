"""What the pages are made of: sections, labelled rows, amounts, and a sentence when one is wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from compute_broker.config.described import description
from compute_broker.core.errors import BrokerError
from compute_broker.core.texts import tr
from compute_broker.desktop.building import InParts
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.kinds import set_kind
from compute_broker.desktop.mirroring import mirrored
from compute_broker.desktop.settings.setting_row import SettingRow
from compute_broker.desktop.theme import L, M, S, Theme
from compute_broker.desktop.wrapping import Wrapping

if TYPE_CHECKING:
    from compute_broker.config.schema import Settings

_COMBO = QStyle.ComplexControl.CC_ComboBox
_WIDEST_CHOICE, _NARROWEST_CHOICE = 400, 96
"""Pixels that a choice asks for at most, and that it can be made do with."""
_POPUP_MARGIN = 36
"""Pixels of its list beside the entries."""


class Page(QScrollArea, InParts):
    """One page: sections below one another, scrolling when they are many.

    Who shows it sees to its :attr:`parts`, if it has some.
    """

    refused = Signal(str)
    """A change was not written: why, for all to see, since the control cannot say it."""

    def __init__(self, name: str, *, flush: bool = False) -> None:
        """Start empty; ``flush``: without a margin of its own."""
        super().__init__()
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = self.inside = QWidget()
        inside.setProperty("kind", "window")
        self.column = QVBoxLayout(inside)
        if not flush:
            self._keep_place_for_bar()
        self.column.setSpacing(M)
        self.setWidget(inside)
        self._needed = 0
        """Pixels that its parts needed in width when it was last told."""
        self.begin(whole=False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Have the window follow parts that come to need more in width, which Qt tells nobody."""
        done = super().eventFilter(watched, event)
        if event.type() is QEvent.Type.LayoutRequest and watched is self.inside:
            needed = self.inside.minimumSizeHint().width()
            if needed != self._needed:
                self._needed = needed
                self.updateGeometry()
        return done

    def build(self) -> Iterator[None]:
        """Build the sections, on a page that was not filled when it was made."""
        yield from ()

    def _keep_place_for_bar(self) -> None:
        """Keep the scroll bar's place when there is nothing to scroll: all would be laid out anew for it."""
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(lambda low, high: bar.setEnabled(low < high))  # else it is not drawn
        bar.setEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        sides = (L, M, L - bar.sizeHint().width(), M)
        self.column.setContentsMargins(*(sides if not mirrored(self) else sides[2::-1] + sides[3:]))

    def show_settings(self, settings: Settings) -> None:
        """Show the settings in force, and what the market knows, on a page that has some of it."""

    def show_state(self) -> None:
        """Show what the market knows by now, on a page that tells of it."""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As little as it can do with: its window says how large it is, and Qt would measure every page."""
        return self.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as its parts need: it scrolls up and down only."""
        size, inside = super().minimumSizeHint(), self.widget()
        wide = inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width() if inside else 0
        return QSize(max(size.width(), wide), size.height())


class Section(QFrame, InParts):
    """A card with a title and a line that says what it is for."""

    def __init__(self, theme: Theme, title: str, purpose: str = "") -> None:
        """Build the head; rows are added to :attr:`column`."""
        super().__init__()
        self.setProperty("kind", "card")
        self.setAccessibleName(title)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(L, M, L, M)
        self.column.setSpacing(S)
        head = text_label(title, tr("{title}, title", title=title))
        font = theme.font("body")
        font.setBold(True)
        head.setFont(font)
        heads = [
            head,
            *([text_label(purpose, tr("{title}, purpose", title=title), kind="muted")] if purpose else []),
        ]
        for label in heads:
            label.setProperty("part", "head")
            self.column.addWidget(label)
        self.begin(whole=False)

    def build(self) -> Iterator[None]:
        """Build the rows, in a section that has some of its own."""
        yield from ()

    def add_row(self, name: str, *widgets: QWidget, hint: str = "", setting: str = "") -> None:
        """Add a labelled row; what it means stands beside its widgets, or below where that is too narrow.

        ``setting`` is the path of what it sets, such as ``desktop.hotkey``: its description is then the hint.
        """
        hint = hint or tr(description(setting))
        label = text_label(name, tr("{name}, label", name=name))
        label.setBuddy(widgets[0])
        for widget in widgets:
            if setting:
                described(widget, setting)
        meaning = text_label(hint, tr("{name}, hint", name=name), kind="muted") if hint else None
        self.column.addLayout(SettingRow(label, widgets, meaning))

    def add_check(self, box: QWidget, setting: str) -> None:
        """Add a check box that says itself what it does; what the file says of ``setting`` is its tooltip."""
        described(box, setting)
        self.column.addWidget(box)


def described(widget: QWidget, setting: str) -> None:
    """Give a control what the default file says of its setting: for mouse, screen reader and search."""
    text = tr(description(setting))
    widget.setToolTip(text)
    widget.setAccessibleDescription(text)


class Tucked:
    """What makes some of its widgets only when they are wanted, but is found by their words before."""

    def tucked_words(self) -> Iterator[str]:
        """Yield the words of the widgets that are not made yet."""
        raise NotImplementedError


def said(widget: QWidget, *, deep: bool = True) -> Iterator[str]:
    """Yield what a widget says, and with ``deep`` those within it, folded away or not.

    What a person typed is left out: a key must not be found by its letters.
    """
    for each in [widget, *(widget.findChildren(QWidget) if deep else [])]:
        if deep and isinstance(each, Tucked):
            yield from each.tucked_words()
        yield from (each.accessibleName(), each.accessibleDescription(), each.toolTip())
        if isinstance(each, QLabel | QAbstractButton):
            yield each.text()
        elif isinstance(each, QLineEdit):
            yield each.placeholderText()
        elif isinstance(each, QComboBox):
            yield from (each.itemText(index) for index in range(each.count()))


class Verdict(Wrapping):
    """The sentence about the last change or test: nothing, good, or bad."""

    def __init__(self, name: str) -> None:
        """Start silent; ``name`` is its accessible name."""
        super().__init__()
        self.setAccessibleName(name)
        self.hide()

    def say(self, text: str, *, good: bool = False) -> None:
        """Show ``text``; nothing hides it."""
        kind = "good" if good else "bad"
        if (text, kind) != (self.text(), self.property("kind") or "bad"):
            self.setText(text)
            set_kind(self, kind)
            self.setVisible(bool(text))


async def tried(button: QPushButton, verdict: Verdict, trial: Awaitable[str]) -> None:
    """Wait for a trial with its button off, and say what came of it."""
    button.setEnabled(False)
    try:
        sentence = await trial
    except BrokerError as error:
        verdict.say(str(error))
    else:
        verdict.say(sentence, good=True)
    finally:
        button.setEnabled(True)


_DRESSED = {QEvent.Type.Polish, QEvent.Type.FontChange, QEvent.Type.StyleChange}


class Choice(QComboBox):
    """A drop-down with our own sign: the style sheet's is a raised box of another age."""

    def __init__(self, theme: Theme, name: str) -> None:
        """Start without entries; ``name`` is its accessible name."""
        super().__init__()
        self._theme = theme
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # also to those that come later
        self._fitting, self._reckoned_for = "", ("", -1)
        self.setAccessibleName(name)
        side = "left" if mirrored(self) else "right"
        self.setStyleSheet(
            f"QComboBox {{ padding-{side}: 24px; }} QComboBox::drop-down {{ border: none; width: 22px; }}"
            "QComboBox::down-arrow { image: none; }"
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # the wheel scrolls the page, and takes no focus

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Leave the wheel to the page: what is scrolled past must not change. The open list has its own."""
        event.ignore()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as its entries, up to a limit: a name may have 60 signs."""
        return super().sizeHint().boundedTo(QSize(_WIDEST_CHOICE, 1 << 16))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for the sign and how an entry begins."""
        return super().minimumSizeHint().boundedTo(QSize(_NARROWEST_CHOICE, 1 << 16))

    def showPopup(self) -> None:  # noqa: N802 - Qt's name
        """Show the entries whole, as far as the screen is wide enough."""
        wanted = self.view().sizeHintForColumn(0) + _POPUP_MARGIN
        self.view().setMinimumWidth(min(wanted, self.screen().availableGeometry().width() // 2))
        super().showPopup()

    def event(self, event: QEvent) -> bool:
        """Show all of what is chosen under the mouse, above what else there is to say."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.is_cut:
            told = [text for text in (self.currentText(), self.toolTip()) if text]
            QToolTip.showText(event.globalPos(), "\n".join(told), self)
            return True
        if event.type() in _DRESSED:
            self._reckoned_for = ("", -1)
        return super().event(event)

    @property
    def is_cut(self) -> bool:
        """Whether some of what is chosen is not shown."""
        return self._shown() != self.currentText()

    def _shown(self) -> str:
        """Return as much of what is chosen as fits; reckoned once, as that takes as long as painting it."""
        reckoned = (self.currentText(), self.width())
        if reckoned != self._reckoned_for:
            option = QStyleOptionComboBox()
            self.initStyleOption(option)
            field = QStyle.SubControl.SC_ComboBoxEditField
            room = int(self.style().subControlRect(_COMBO, option, field, self).width())
            self._reckoned_for = reckoned
            self._fitting = self.fontMetrics().elidedText(reckoned[0], Qt.TextElideMode.ElideRight, room)
        return self._fitting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Paint the field with as much of what is chosen as fits, then the sign."""
        if self.is_cut:
            option = QStyleOptionComboBox()
            self.initStyleOption(option)
            option.currentText = self._shown()
            painter = QStylePainter(self)
            painter.drawComplexControl(_COMBO, option)
            painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
            painter.end()
        else:
            super().paintEvent(event)
        place = QRect(8 if mirrored(self) else self.width() - 24, (self.height() - 16) // 2, 16, 16)
        sign = QPainter(self)
        glyph("chevron", self._theme.colours.muted).paint(sign, place)
        sign.end()


def push_button(text: str, name: str = "", *, primary: bool = False) -> QPushButton:
    """Return a button that Return does not press by itself; its accessible name is ``name`` or its text."""
    button = QPushButton(text)
    button.setAccessibleName(name or text)
    button.setAutoDefault(False)
    if primary:
        button.setProperty("kind", "primary")
    return button


def removable(text: str, name: str, remove_name: str, remove: Callable[[], None]) -> QWidget:
    """Return a line that says ``text`` with a button that takes it out; the names are for screen readers."""
    row = QWidget()
    row.setAccessibleName(text)
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.addWidget(text_label(text, name), 1)
    button = push_button(tr("Remove"), remove_name)
    button.clicked.connect(remove)
    line.addWidget(button)
    return row


def text_label(text: str, name: str, *, kind: str = "") -> QLabel:
    """Return a plain label that wraps."""
    label = Wrapping(text)
    label.setAccessibleName(name)
    label.setProperty("kind", kind)
    return label
