"""Under the input: each tier that could take the prompt, with its expected cost; a click chooses it.

The figures are those of the same decision as the line above it: what a tier alone would cost, without the
redo of failures. Where not all have room, the chosen one stays and the rest goes into a menu.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QMenu, QSizePolicy, QToolButton, QWidget

from compute_broker.core.decision import Considered, Decision, Verdict
from compute_broker.core.money import format_usd
from compute_broker.core.texts import tr
from compute_broker.desktop.mirroring import apart
from compute_broker.desktop.theme import XS, Theme

_COULD = {Verdict.CHOSEN, Verdict.PAIRED, Verdict.REFEREE, Verdict.DEARER, Verdict.BELOW_FLOOR}
_UNKNOWN_COST = 1 << 62
_LABEL_WIDTH = 110
_STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class Ticker(QWidget):
    """A slim row of buttons, the cheapest first. Arrows walk along it, Space or Enter chooses."""

    wanted = Signal(str)
    """The id of the tier that the person wants to answer."""

    def __init__(self, theme: Theme) -> None:
        """Start empty and hidden."""
        super().__init__()
        self._theme = theme
        self._rows: list[Considered] = []
        self._held = False
        self._buttons: list[QToolButton] = []
        self._more = self._button()
        self._menu = QMenu(self._more)
        self._menu.setAccessibleName(tr("Other tiers"))
        self._more.setMenu(self._menu)
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setCheckable(False)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._hidden: list[Considered] = []
        self.setAccessibleName(tr("Tiers and their expected costs"))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._dress)
        self._dress()
        self.hide()

    @property
    def last(self) -> QWidget:
        """The last button: those of the tiers stand before it for Tab, too."""
        return self._more

    @property
    def text(self) -> str:
        """What it shows, the chosen tier in brackets."""
        shown = [button for button in (*self._buttons, self._more) if not button.isHidden()]
        return " · ".join(f"[{each.text()}]" if each.isChecked() else each.text() for each in shown)

    def show_decision(self, decision: Decision | None, *, held: bool = False) -> None:
        """Show the tiers of ``decision``; nothing when none could take it.

        ``held``: nothing would be sent, so that none of them stands out.
        """
        self._held = held
        rows = [row for row in decision.considered if row.verdict in _COULD] if decision else []
        self._rows = sorted(rows, key=_cost)
        self.setVisible(bool(self._rows))
        while len(self._buttons) < len(self._rows):
            button = self._button()
            if self._buttons:
                self.setTabOrder(self._buttons[-1], button)
            self.setTabOrder(button, self._more)
            self._buttons.append(button)
        for row, button in zip(self._rows, self._buttons, strict=False):
            self._fill(button, row)
        self._arrange()

    def press(self, tier_id: str) -> None:
        """Choose a tier as a click on it does."""
        self.wanted.emit(tier_id)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """One line high, as wide as there is room."""
        return QSize(100, self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Never squeezed."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Find out anew how many there is room for."""
        super().resizeEvent(event)
        self._arrange()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Walk along the row."""
        step = _STEPS.get(Qt.Key(event.key()))
        shown = [button for button in (*self._buttons, self._more) if not button.isHidden()]
        at = next((number for number, button in enumerate(shown) if button.hasFocus()), None)
        if step is None or at is None:
            super().keyPressEvent(event)
            return
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            step = -step
        shown[(at + step) % len(shown)].setFocus(Qt.FocusReason.TabFocusReason)

    def _fill(self, button: QToolButton, row: Considered) -> None:
        """Set only what has changed: this runs at every key stroke."""
        text = f"{apart(self._short(row.quote.tier.label), self)} {format_usd(row.direct_cost)}"
        chosen = row.verdict in {Verdict.CHOSEN, Verdict.PAIRED} and not self._held
        if button.text() != text:
            button.setText(text)
        if button.isChecked() != chosen:
            button.setChecked(chosen)
        if button.property("tier") != row.quote.tier.id:
            button.setProperty("tier", row.quote.tier.id)
        tip = f"{row.quote.tier.label}: {row.reason}"
        name = f"{row.quote.tier.label}, {format_usd(row.direct_cost)}{tr(', chosen') if chosen else ''}"
        if button.accessibleName() != name:
            button.setAccessibleName(name)
        if button.toolTip() != tip:
            button.setToolTip(tip)
            button.setAccessibleDescription(
                tr("{reason}. Press to have this tier answer.", reason=row.reason)
            )

    def _short(self, label: str) -> str:
        return self.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, _LABEL_WIDTH)

    def _arrange(self) -> None:
        """Put the buttons side by side as far as there is room; the chosen ones come before all others."""
        used = self._buttons[: len(self._rows)]
        widths = [button.sizeHint().width() + XS for button in used]
        room = self.width() - (0 if sum(widths) <= self.width() else 48)
        order = sorted(range(len(used)), key=lambda number: not used[number].isChecked())
        kept: set[int] = set()
        for number in order:
            if widths[number] <= room or not kept:
                room -= widths[number]
                kept.add(number)
        self._hidden = [row for number, row in enumerate(self._rows) if number not in kept]
        self._more.setText(f"+{len(self._hidden)}")
        self._more.setAccessibleName(tr("{count} more tiers", count=len(self._hidden)))
        left, rtl = 0, self.layoutDirection() is Qt.LayoutDirection.RightToLeft
        for number, button in enumerate(self._buttons):
            button.setVisible(number in kept)
            if number in kept:
                left = self._put(button, left, rtl=rtl)
        self._more.setVisible(bool(self._hidden))
        self._put(self._more, left, rtl=rtl)

    def _put(self, button: QToolButton, left: int, *, rtl: bool) -> int:
        size = button.sizeHint()
        button.setGeometry(
            self.width() - left - size.width() if rtl else left, 0, size.width(), self.height()
        )
        return left + size.width() + XS

    def _fill_menu(self) -> None:
        self._menu.clear()
        for row in self._hidden:
            action = self._menu.addAction(f"{row.quote.tier.label}   {format_usd(row.direct_cost)}")
            action.triggered.connect(partial(self.wanted.emit, row.quote.tier.id))

    def _button(self) -> QToolButton:
        button = _TierButton(self)
        button.setProperty("kind", "quiet")
        button.setCheckable(True)
        button.setFont(self._theme.font("small"))
        button.clicked.connect(partial(self._clicked, button))
        return button

    def _clicked(self, button: QToolButton) -> None:
        """A click chooses a tier; what is highlighted follows from the decision alone."""
        button.setChecked(not button.isChecked())
        if tier_id := button.property("tier"):
            self.wanted.emit(tier_id)

    def _dress(self) -> None:
        colours = self._theme.colours
        self.setFont(self._theme.font("small"))
        self.setStyleSheet(
            f"QToolButton {{ padding: 1px 6px; color: {colours.muted}; border-radius: 5px; }}"
            f"QToolButton:checked {{ color: {colours.text}; background: {colours.accent_soft}; }}"
            "QToolButton::menu-indicator { image: none; width: 0; }"
        )


class _TierButton(QToolButton):
    """Leaves the arrows to the row: a button's own way would walk out of it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if Qt.Key(event.key()) in _STEPS:
            event.ignore()
        else:
            super().keyPressEvent(event)


def _cost(row: Considered) -> tuple[int, str]:
    return (_UNKNOWN_COST if row.direct_cost is None else row.direct_cost, row.quote.tier.label)
