"""The tray menu: spend, quick ask, a switch for each tier, mode, usage, export, settings, quit.

Every action is in here, since some desktops turn every click on the icon into this menu.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QActionGroup, QKeyEvent, QMouseEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget

from compute_broker.broker.events import Spend
from compute_broker.core.names import named
from compute_broker.core.quote import Snapshot
from compute_broker.core.texts import tr
from compute_broker.desktop import menu_words as words


class TrayMenu(QMenu):
    """Emits what the person wants, and shows what it is told; it knows no broker."""

    ask_wanted = Signal()
    glance_wanted = Signal()
    history_wanted = Signal()
    usage_wanted = Signal()
    trial_wanted = Signal()
    export_wanted = Signal()
    settings_wanted = Signal()
    quit_wanted = Signal()
    tier_switched = Signal(str, bool)
    mode_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        """Build all fixed items; tiers come with the first :meth:`show_state`."""
        super().__init__(parent)
        self.setTitle("Compute Broker")
        self.setToolTipsVisible(True)
        self._tiers: dict[str, QAction] = {}
        self._spend = self._item("", self.glance_wanted)
        heading = self._spend.font()
        heading.setBold(True)
        self._spend.setFont(heading)
        self._budget = self._item("", self.glance_wanted)
        self._problem = self._item("", self.settings_wanted)
        self._problem.setVisible(False)
        self._offer = self._item("", self.settings_wanted)
        self._offer.setVisible(False)
        self.addSeparator()
        self._ask = self._item(tr("Quick ask…"), self.ask_wanted)
        self._first_separator = self.addSeparator()
        self._last_separator = self.addSeparator()
        self._modes = self._mode_menu()
        self._item(tr("Today at a glance…"), self.glance_wanted)
        self._item(tr("History…"), self.history_wanted)
        self._item(tr("Usage…"), self.usage_wanted)
        self._item(tr("Export usage as CSV…"), self.export_wanted)
        self._item(tr("Try on my prompts…"), self.trial_wanted)
        self._item(tr("Settings…"), self.settings_wanted)
        self.addSeparator()
        self._item(tr("Quit"), self.quit_wanted)
        self.aboutToHide.connect(lambda: self.setMinimumWidth(0))
        self.show_state(Snapshot(), None)

    def show_state(self, snapshot: Snapshot, spend: Spend | None) -> None:
        """Show these figures; items are kept as long as the tiers are the same."""
        self._spend.setText(_two_columns(words.spend_line(spend), words.saved_line(spend)))
        self._budget.setText(words.escape(words.budget_line(spend)))
        self._budget.setVisible(bool(self._budget.text()))
        if list(self._tiers) != list(snapshot.quotes):
            self._make_tiers(list(snapshot.quotes))
        for quote in snapshot:
            action = self._tiers[quote.tier.id]
            action.setText(words.tier_text(quote))
            action.setToolTip(words.tier_hint(quote))
            action.setChecked(quote.tier.enabled)

    def show_hotkey(self, text: str, problem: str | None) -> None:
        """Name the hotkey behind quick ask; without one, the tooltip says why."""
        self._ask.setText(_two_columns(tr("Quick ask…"), text))
        self._ask.setToolTip(problem or tr("Ask a question from anywhere"))

    def show_mode(self, mode: str) -> None:
        """Mark the mode in force; a floor given as a number gets an item of its own."""
        for action in self._modes.actions():
            if action.data() not in words.MODES:
                self._modes.removeAction(action)
                action.deleteLater()
        if mode not in words.MODES:
            self._add_mode(mode, tr("{mode} of the best, as your settings say", mode=mode))
        for action in self._modes.actions():
            action.setChecked(action.data() == mode)
        self._mode_items.setTitle(tr("Mode: {mode}", mode=words.escape(named(mode))))

    def show_problem(self, text: str | None) -> None:
        """Show that the settings file has a mistake, with ``text`` as the tooltip; nothing takes it away."""
        self._problem.setText(words.SETTINGS_BAD if text else "")
        self._problem.setToolTip(text or "")
        self._problem.setVisible(bool(text))

    def show_offer(self, text: str) -> None:
        """Show a line about servers that could be tiers, or take it away."""
        self._offer.setText(words.escape(text))
        self._offer.setVisible(bool(text))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Keep the width while open: a shorter text would pull the menu away from the pointer."""
        super().showEvent(event)
        self.setMinimumWidth(self.width())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Switch a tier without closing the menu, so that several can be switched in one go."""
        action = self.actionAt(event.position().toPoint())
        if action is not None and action in self._tiers.values() and action.isEnabled():
            action.trigger()
            event.accept()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Switch the marked tier with the space bar, without closing the menu; Return switches and closes."""
        action = self.activeAction()
        if event.key() == Qt.Key.Key_Space and action in self._tiers.values():
            action.trigger()
            event.accept()
            return
        super().keyPressEvent(event)

    def _item(self, text: str, wanted: SignalInstance) -> QAction:
        action = self.addAction(text)
        action.triggered.connect(lambda _checked=False: wanted.emit())
        return action

    def _make_tiers(self, tier_ids: list[str]) -> None:
        for action in self._tiers.values():
            self.removeAction(action)
            action.deleteLater()
        self._tiers = {tier_id: self._tier_item(tier_id) for tier_id in tier_ids}
        self._last_separator.setVisible(bool(tier_ids))

    def _tier_item(self, tier_id: str) -> QAction:
        action = QAction(self)
        action.setCheckable(True)
        action.setObjectName(f"tier:{tier_id}")
        action.triggered.connect(lambda checked: self.tier_switched.emit(tier_id, checked))
        self.insertAction(self._last_separator, action)
        return action

    def _mode_menu(self) -> QActionGroup:
        self._mode_items = self.addMenu(tr("Mode"))
        group = QActionGroup(self._mode_items)
        self._modes = group
        for mode, text in words.MODES.items():
            self._add_mode(mode, text)
        return group

    def _add_mode(self, mode: str, text: str) -> None:
        action = self._mode_items.addAction(text)
        action.setCheckable(True)
        action.setData(mode)
        action.triggered.connect(lambda _checked=False: self.mode_chosen.emit(mode))
        self._modes.addAction(action)


def _two_columns(left: str, right: str) -> str:
    left = words.escape(left)
    return f"{left}\t{words.escape(right)}" if right else left
