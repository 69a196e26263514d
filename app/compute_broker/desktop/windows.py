"""The windows: built in turns when first wanted, opened in front, and the focus given back afterwards."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

import shiboken6
from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut

from compute_broker.core.texts import tr
from compute_broker.desktop.building import AHEAD, Building
from compute_broker.desktop.focus import Focus, find_focus
from compute_broker.desktop.hotkey.hotkey import HotkeyState
from compute_broker.desktop.placing import bring_back
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services
    from compute_broker.desktop.ask.window import AskWindow
    from compute_broker.desktop.glance.panel import GlancePanel
    from compute_broker.desktop.history.window import HistoryWindow
    from compute_broker.desktop.settings.window import SettingsWindow
    from compute_broker.desktop.trial.window import TrialWindow
    from compute_broker.desktop.usage.window import UsageWindow
    from compute_broker.desktop.welcome.window import WelcomeWindow
    from compute_broker.gateway.gateway import Gateway

    Window = (
        AskWindow | GlancePanel | UsageWindow | SettingsWindow | TrialWindow | HistoryWindow | WelcomeWindow
    )
    W = TypeVar("W", bound=Window)

_log = logging.getLogger(__name__)


class Windows(QObject):
    """Knows which windows exist, and opens them."""

    quit_wanted = Signal()
    busy_changed = Signal()

    def __init__(self, services: Services, theme: Theme, gateway: Gateway | None = None) -> None:
        """Build nothing yet; the settings tell of ``gateway``."""
        super().__init__()
        self._services = services
        self._theme = theme
        self._gateway = gateway
        self._focus: Focus = find_focus()
        self._ask: AskWindow | None = None
        self._glance: GlancePanel | None = None
        self._usage: UsageWindow | None = None
        self._settings: SettingsWindow | None = None
        self._trial: TrialWindow | None = None
        self._history: HistoryWindow | None = None
        self._welcome: WelcomeWindow | None = None
        self._hotkey = HotkeyState()
        self._tray = True
        self._guest: Window | None = None
        """The window that is open in the quick ask's place."""
        self._tasks = Tasks(_log.error)
        self._building = Building(self._tasks)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenRemoved.connect(self._screen_gone, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether an answer is under way, or an experiment."""
        asking = self._ask is not None and self._ask.busy
        return asking or (self._trial is not None and self._trial.busy)

    @property
    def welcoming(self) -> bool:
        """Whether the first run's steps are on the screen, or about to be."""
        coming = self._building.builds("welcome.window")
        return coming or (self._welcome is not None and self._welcome.isVisible())

    @property
    def configuring(self) -> bool:
        """Whether the settings are on the screen."""
        return self._settings is not None and self._settings.isVisible()

    def open(self, name: str) -> None:
        """Open the window of that name, one of ``WINDOWS``."""
        opening: dict[str, Callable[[], None]] = {
            "ask": self.open_ask,
            "glance": lambda: self.open_glance(QRect()),
            "usage": self.open_usage,
            "history": self.open_history,
            "settings": self.open_settings,
            "trial": self.open_trial,
            "welcome": self.open_welcome,
        }
        opening[name]()

    def prepare(self) -> None:
        """Build the quick ask ahead of the first press of the hotkey, so that this one is quick too."""
        if self._ask is None and not self._building.builds(AHEAD):
            self._build_ask(lambda: None)

    def toggle_ask(self, time: int = 0) -> None:
        """Open the quick ask with the caret in it, or hide it when it is in front already.

        ``time`` is the X server's time of the key press, 0 when something else is behind this.
        """
        window = self._ask
        if window is None:
            self._build_ask(partial(self.toggle_ask, time))
        elif window.isVisible() and self._focus.is_on(window):
            window.hide_at_once()
        else:
            self._show(window, time)

    def open_ask(self) -> None:
        """Open the quick ask, or bring it to the front."""
        if self._ask is None:
            self._build_ask(self.open_ask)
        else:
            self._show(self._ask)

    def toggle_glance(self, icon: QRect) -> None:
        """Open the glance panel beside ``icon``, after a click on it, or hide it when it is open."""
        panel = self._glance
        if panel is None:
            self._building.build("glance.panel", self._make_glance, partial(self.toggle_glance, icon))
        elif panel.isVisible():
            panel.put_away()
        elif not panel.was_just_left():
            self._focus.remember()
            panel.open_beside(icon, clicked=True)
            self._focus.take(panel, 0)

    def open_glance(self, icon: QRect) -> None:
        """Open the glance panel beside ``icon``, or where the system's bar ends."""
        panel = self._glance
        if panel is None:
            self._building.build("glance.panel", self._make_glance, partial(self.open_glance, icon))
            return
        if not panel.isVisible():
            self._focus.remember()
        panel.open_beside(icon)
        self._focus.take(panel, 0)

    def open_usage(self) -> None:
        """Open the usage window."""
        if self._usage is None:
            self._building.build("usage.window", self._make_usage, self.open_usage)
        else:
            self._show(self._usage)

    def open_welcome(self) -> None:
        """Open the first run's steps."""
        if self._welcome is None:
            self._building.build("welcome.window", self._make_welcome, self.open_welcome)
            return
        self._welcome.show_hotkey(self._hotkey)
        self._welcome.show_tray(there=self._tray)
        self._show(self._welcome)

    def show_hotkey(self, state: HotkeyState) -> None:
        """Tell who shows it which hotkey is in force."""
        self._hotkey = state
        if self._welcome is not None:
            self._welcome.show_hotkey(state)

    def open_history(self) -> None:
        """Open the history."""
        if self._history is None:
            self._building.build("history.window", self._make_history, self.open_history)
        else:
            self._show(self._history)

    def open_settings(self) -> None:
        """Open the settings."""
        if self._settings is None:
            self._building.build("settings.window", self._make_settings, self.open_settings)
        else:
            self._show(self._settings)

    def open_trial(self) -> None:
        """Open the window that tries the broker on the person's prompts."""
        if self._trial is None:
            self._building.build("trial.window", self._make_trial, self.open_trial)
        else:
            self._show(self._trial)

    def be_the_only_way_in(self) -> None:
        """There is no tray: closing the quick ask with its close button ends the program from now on."""
        self._tray = False
        if self._welcome is not None:
            self._welcome.show_tray(there=False)
        if self._ask is not None:
            self._ask.installEventFilter(self)

    async def close(self) -> None:
        """End all windows; drafts are kept, answers under way are stopped and settled."""
        await self._tasks.cancel()
        rising = cast("list[Window]", await self._building.finish())  # half a window ends as any other
        for window in (*self._all(), *rising):
            window.removeEventFilter(self)
            window.hide()
            await window.shut()
            shiboken6.delete(window)  # here and now: the garbage collector may run in any thread
        self._ask = self._glance = self._usage = self._settings = None
        self._trial = self._history = self._welcome = self._guest = None
        self._focus.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice the close button, which comes from outside of Qt."""
        if event.type() == QEvent.Type.Close and event.spontaneous():
            self.quit_wanted.emit()
        return super().eventFilter(watched, event)

    def _all(self) -> list[Window]:
        """Return the windows that there are."""
        every = (
            self._ask,
            self._glance,
            self._usage,
            self._settings,
            self._trial,
            self._history,
            self._welcome,
        )
        return [window for window in every if window is not None]

    # Building: each part of a window takes a turn of the loop

    def _whole(self, window: W, *, dress: bool = True) -> Generator[None, None, W]:
        """Build a window to its end, and take it among ours."""
        yield from self._building.whole(window, window.parts, dress=dress)
        self._adopt(window)
        return window

    def _build_ask(self, then: Callable[[], None]) -> None:
        self._building.build(AHEAD, self._make_ask, then)

    def _make_ask(self) -> Iterator[None]:
        from compute_broker.desktop.ask.window import AskWindow  # noqa: PLC0415 - not needed by the icon

        window = AskWindow(self._services, self._theme, whole=False)
        yield from self._whole(window, dress=False)  # it may not be seen for hours
        window.busy_changed.connect(self.busy_changed)
        window.controls.more.wanted.connect(self._wanted_in_ask)
        if not self._tray:
            window.installEventFilter(self)
        self._ask = window

    def _make_glance(self) -> Iterator[None]:
        from compute_broker.desktop.glance.panel import GlancePanel  # noqa: PLC0415 - not needed by the icon

        panel = yield from self._whole(GlancePanel(self._services, self._theme, whole=False))
        panel.fit()
        panel.ask_wanted.connect(self.open_ask)
        panel.history_wanted.connect(self.open_history)
        panel.usage_wanted.connect(self.open_usage)
        panel.settings_wanted.connect(self.open_settings)
        self._glance = panel

    def _make_usage(self) -> Iterator[None]:
        from compute_broker.desktop.usage.window import UsageWindow  # noqa: PLC0415 - seldom wanted

        window = yield from self._whole(UsageWindow(self._services, self._theme, whole=False))
        window.history_wanted.connect(self.open_history)
        self._usage = window

    def _make_history(self) -> Iterator[None]:
        from compute_broker.desktop.history.window import HistoryWindow  # noqa: PLC0415 - seldom wanted

        window = yield from self._whole(HistoryWindow(self._services, self._theme, whole=False))
        window.again_wanted.connect(self._ask_again)
        self._history = window

    def _make_settings(self) -> Iterator[None]:
        from compute_broker.desktop.settings.window import SettingsWindow  # noqa: PLC0415 - seldom wanted

        window = SettingsWindow(self._services, self._theme, self._gateway, whole=False)
        self._settings = yield from self._whole(window)

    def _make_trial(self) -> Iterator[None]:
        from compute_broker.desktop.trial.window import TrialWindow  # noqa: PLC0415 - seldom wanted

        window = yield from self._whole(TrialWindow(self._services, self._theme, whole=False))
        window.busy_changed.connect(self.busy_changed)
        self._trial = window

    def _make_welcome(self) -> Iterator[None]:
        from compute_broker.desktop.welcome.window import WelcomeWindow  # noqa: PLC0415 - once in a life

        window = yield from self._whole(WelcomeWindow(self._services, self._theme, whole=False))
        window.ask_wanted.connect(self.open_ask)
        self._welcome = window

    async def settled(self) -> None:
        """Wait until no window is still to come."""
        await self._tasks.settled()

    def _screen_gone(self) -> None:
        """Bring what was on a screen that is gone back to where it can be seen."""
        for window in self._all():
            bring_back(window)

    def _ask_again(self, prompt: str, tier_id: str, private: bool, request_id: str) -> None:  # noqa: FBT001 - a signal's slot
        window = self._ask
        if window is None:
            self._build_ask(partial(self._ask_again, prompt, tier_id, private, request_id))
            return
        window.bring(prompt, tier_id, private=private, request_id=request_id)
        self._show(window)

    def _adopt(self, window: Window) -> None:
        window.hidden_by_person.connect(partial(self._left, window))
        quit_keys = QShortcut(QKeySequence(QKeySequence.StandardKey.Quit), window)
        quit_keys.activated.connect(self._quit_by_hand)
        close_keys = QShortcut(window)
        close_keys.setKeys(QKeySequence.StandardKey.Close)
        close_keys.activated.connect(window.close)

    def _show(self, window: Window, time: int = 0) -> None:
        ask = self._ask
        if ask is not None and window is not ask and ask.isVisible():
            ask.make_room()  # it would lie over the other one; whose the focus was before stays noted
            self._guest = window
        elif not window.isVisible():
            self._focus.remember()
        window.open_at_cursor()
        self._focus.take(window, time)

    def _wanted_in_ask(self, name: str) -> None:
        if name == "quit":
            self._quit_by_hand()
        else:
            self.open(name)

    def _quit_by_hand(self) -> None:
        """Quit by keys or menu: at once, or, while something is under way, once the person says so again."""
        if not self.busy or (self._ask is not None and self._ask.asks_about_quitting):
            self.quit_wanted.emit()
            return
        window = self._ask
        if window is None:
            self._build_ask(self._quit_by_hand)
            return
        self._show(window)
        window.ask_about_quitting(
            tr("An answer is under way: quitting stops it.")
            if window.busy
            else tr("A trial is under way: quitting stops it."),
            self.quit_wanted.emit,
        )

    def _left(self, window: Window) -> None:
        """``window`` was closed: the quick ask comes back if it made room, else the focus goes back."""
        made_room = window is self._guest or (window is self._welcome and not self._tray)
        if window is self._guest:
            self._guest = None
        if made_room and not any(each.isVisible() for each in self._all()):
            self._back_to_ask()
        else:
            self._focus.give_back()

    def _back_to_ask(self) -> None:
        if self._ask is None:
            self._build_ask(self._back_to_ask)
            return
        self._ask.open_at_cursor()
        self._focus.take(self._ask, 0)
