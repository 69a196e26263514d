"""The glance panel: beside the tray's icon, from the one snapshot and the ledger, gone on blur."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QCursor,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPalette,
    QShowEvent,
)

from compute_broker.broker.events import BudgetView
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.ask.card import CORNER
from compute_broker.desktop.glance import words
from compute_broker.desktop.glance.layout import GlanceLayout
from compute_broker.desktop.glance.row import GlanceRow
from compute_broker.desktop.look import tightest
from compute_broker.desktop.placing import beside, corner, cursor_screen
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.veil import Veil
from compute_broker.ledger.periods import Calendar
from compute_broker.ledger.records import Period

if TYPE_CHECKING:
    from compute_broker.compose import Services

DAYS = 14
READ_MS = 200
"""Sums that change in quick succession are read once."""
REOPEN_SECONDS = 0.3
"""A click on the icon takes the focus from the panel first, which hides it: that click is to hide it."""


class GlancePanel(GlanceLayout):
    """Built when first wanted; reads nothing while hidden."""

    hidden_by_person = Signal()
    ask_wanted = Signal()
    usage_wanted = Signal()
    history_wanted = Signal()
    settings_wanted = Signal()
    _settings_moved = Signal()
    """The settings may tell of a change from a worker thread."""

    def __init__(self, services: Services, theme: Theme, *, whole: bool = True) -> None:
        """Build the panel hidden."""
        super().__init__(theme)
        self._services = services
        self._broker = services.broker
        self._tasks = Tasks(self._say)
        self._calendar = Calendar()
        self._blurred_at = float("-inf")
        self._unsubscribe: list[Callable[[], None]] = []
        self._veil = Veil(self, QPalette.ColorRole.Base)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._read_timer = QTimer(self, singleShot=True, interval=READ_MS)
        self._read_timer.timeout.connect(lambda: self._tasks.run(self._read()))
        self.begin(whole=whole)

    def build(self) -> Iterator[None]:
        """Build what is seen, then have it do something."""
        yield from super().build()
        yield from self._remake()
        self.show_state()
        yield
        self.footer.ask.clicked.connect(lambda: self._leave_for(self.ask_wanted.emit))
        self.footer.history.clicked.connect(lambda: self._leave_for(self.history_wanted.emit))
        self.footer.usage.clicked.connect(lambda: self._leave_for(self.usage_wanted.emit))
        self.footer.settings.clicked.connect(lambda: self._leave_for(self.settings_wanted.emit))
        self.mistake.clicked.connect(lambda: self._leave_for(self.settings_wanted.emit))
        self._settings_moved.connect(self._settings_changed)
        self._unsubscribe = [
            self._broker.subscribe(self._world_changed),
            self._services.settings.subscribe(self._settings_moved.emit),
        ]

    # What the shell calls

    def open_at_cursor(self) -> None:
        """Open it where the icon cannot be told: at the end of the system's bar, on the cursor's screen."""
        self.open_beside(QRect())

    def open_beside(self, icon: QRect, *, clicked: bool = False) -> None:
        """Open it beside the icon; where the system does not tell its place, beside the click."""
        self.show_state()
        self.fit()
        if not self.isVisible():
            self._place(icon, clicked=clicked)
            self._tasks.run(self._veil.come_up(self.inset + CORNER))
        self.show()
        self.raise_()
        self.activateWindow()
        self.setFocus()  # on no control: a space typed by habit must not switch a tier
        announce(self, words.summary(self._broker.snapshot, self._broker.spend))

    def was_just_left(self) -> bool:
        """Whether it was hidden a moment ago because something else took the focus; says so once."""
        just = time.monotonic() - self._blurred_at < REOPEN_SECONDS
        self._blurred_at = float("-inf")
        return just

    def put_away(self) -> None:
        """Hide it, and give the focus back."""
        if self.isVisible():
            self._hide()
            self.hidden_by_person.emit()

    async def settled(self) -> None:
        """Wait until nothing of this panel is under way."""
        await self._tasks.settled()

    async def shut(self) -> None:
        """End what runs."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        self._read_timer.stop()
        await self._tasks.cancel()

    # Showing

    def show_state(self) -> None:
        """Show snapshot and sums as they are now."""
        snapshot, spend = self._broker.snapshot, self._broker.spend
        baseline = snapshot.quotes.get(self._services.settings.current.baseline)
        self._show_mistake(self._services.settings.problem or "")
        view = tightest(spend)
        gone = self._gone(view)
        self.head.show_spend(spend, baseline.tier.label if baseline else "")
        self.head.show_budget(view, gone)
        known = [row.tier_id for row in self.rows]
        if known != list(snapshot.quotes):
            for _ in self._remake():
                pass
        for row, quote in zip(self.rows, snapshot, strict=True):
            row.show_quote(quote, spend)

    def _show_mistake(self, sentence: str) -> None:
        """Say that the settings file has a mistake, and what it is under the mouse."""
        self.mistake.setToolTip(sentence)
        self.mistake.setAccessibleDescription(sentence)
        self.mistake.setVisible(bool(sentence))

    def _remake(self) -> Iterator[None]:
        """Make a row for each tier, in place of the former."""
        held = next((row.tier_id for row in self.rows if row.switch.hasFocus()), None)
        self.drop_rows()
        for number, quote in enumerate(list(self._broker.snapshot)):
            row = GlanceRow(self._theme, quote.tier.id, quote.tier.label, number)
            row.switched.connect(self._switch)
            self.add_row(row)
            if row.tier_id == held:
                row.switch.setFocus()
            yield
        self.order_rows()
        self._show_keys()

    def _switch(self, tier_id: str, on: bool) -> None:  # noqa: FBT001 - a signal's slot
        self._tasks.run(self._broker.set_enabled(tier_id, on))

    def _gone(self, view: BudgetView | None) -> float:
        if view is None:
            return 0.0
        return self._calendar.gone(Period(view.period), datetime.now(UTC))

    async def _read(self) -> None:
        """Read the days and the forecast; neither is in the snapshot."""
        ledger = self._broker.ledger
        days = await ledger.by_day_and_tier(DAYS)
        found = await ledger.forecast(Period.MONTH)
        monthly = next(
            (each for each in self._broker.spend.budgets if each.general and each.period == Period.MONTH),
            None,
        )
        labels = {quote.tier.id: quote.tier.label for quote in self._broker.snapshot}
        self.bars.show_days(days, labels)
        self._show_keys()
        self.outlook.set_whole(words.outlook(found, monthly))

    def _show_keys(self) -> None:
        """Have the rows tell the colours of the bars."""
        drawn = self.bars.tiers
        for row in self.rows:
            row.show_key(drawn=row.tier_id in drawn)

    async def _read_machine(self) -> None:
        """Say what could run here, as memory is now."""
        self.machine.set_whole((await self._services.look_at_machine()).could_run)

    def _world_changed(self) -> None:
        if self.isVisible():
            self.show_state()
            self._read_timer.start()

    def _settings_changed(self) -> None:
        """Follow the file, of which a mistake moves neither snapshot nor sums."""
        if self.isVisible():
            self.show_state()
            self.fit()

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        self.fit()

    # Events

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Read the days, and ask the tiers that were not asked for a while."""
        super().showEvent(event)
        self._say("")
        self._tasks.run(self._read())
        self._tasks.run(self._read_machine())
        self._tasks.run(self._services.market.refresh())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Close as soon as something else is in front."""
        super().changeEvent(event)
        left = event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow()
        if left and self.isVisible() and not self._within():
            self._blurred_at = time.monotonic()
            self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape closes; up and down walk through the tiers."""
        if event.key() == Qt.Key.Key_Escape:
            self.put_away()
        elif event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self.focusNextPrevChild(event.key() == Qt.Key.Key_Down)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """A panel stays where it opened: it is neither moved nor widened."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """No side can be dragged."""
        event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Look the same with the focus as without it: Qt would paint the whole panel again."""
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """Look the same without the focus as with it."""
        event.accept()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Closing is hiding."""
        event.ignore()
        self.put_away()

    def _within(self) -> bool:
        """Whether the focus went to a part of ours, such as a tooltip."""
        active = QGuiApplication.focusWindow()
        handle = self.windowHandle()
        return active is not None and handle is not None and active.transientParent() is handle

    def _leave_for(self, act: Callable[[], None]) -> None:
        self._hide()
        act()

    def _hide(self) -> None:
        self.hide()
        self._blurred_at = float("-inf")  # hiding takes the focus away too, but nobody else did

    def _place(self, icon: QRect, *, clicked: bool) -> None:
        edge = self.inset
        size = self.size() - QSize(2 * edge, 2 * edge)
        screen = cursor_screen()
        if icon.isValid():
            screen = QGuiApplication.screenAt(icon.center()) or screen
            spot = beside(icon, screen.availableGeometry(), size)
        elif clicked:
            spot = beside(QRect(QCursor.pos(), QSize(1, 1)), screen.availableGeometry(), size)
        else:
            spot = corner(screen.geometry(), screen.availableGeometry(), size)
        self.move(spot.x() - edge, spot.y() - edge)
