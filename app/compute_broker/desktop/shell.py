"""The desktop program: wires tray, hotkey and windows to the services, from first icon to clean quit.

Tray and windows emit what a person wants; only this object turns it into calls of the broker.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QMessageBox

from compute_broker.core.errors import BrokerError
from compute_broker.core.texts import counted, tr
from compute_broker.desktop.attention import watch_attention
from compute_broker.desktop.hotkey.hotkey import Hotkey
from compute_broker.desktop.look import look_of, tooltip
from compute_broker.desktop.menu import TrayMenu
from compute_broker.desktop.notifier import Notifier
from compute_broker.desktop.settings_watch import SettingsWatch
from compute_broker.desktop.single_instance import SingleInstance
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.tray import Tray
from compute_broker.resources_path import resource

if TYPE_CHECKING:
    from compute_broker.compose import Services
    from compute_broker.desktop.gateway_watch import GatewayWatch
    from compute_broker.desktop.windows import Windows
    from compute_broker.market.discovery import Found

ServicesFactory = Callable[[], "Services"]

LAST_WISHES_SECONDS = 5.0
NO_TRAY = tr(
    "This desktop shows no tray icons, so Compute Broker opens its window "
    "instead.\n\nEscape hides the window; {ways} it back. Its ⋯ menu (F10) leads to usage, "
    "history, settings and the rest, and so does a command such as “compute-broker open "
    "settings”. Ctrl+Q, or closing the window, quits."
)


class Shell(QObject):
    """One running desktop program."""

    _dirty = Signal()
    """Queued: the services may tell of a change from a thread of theirs."""

    def __init__(self, instance: SingleInstance, services_factory: ServicesFactory | None) -> None:
        """Build what the icon needs, and nothing else."""
        super().__init__()
        self._instance = instance
        self._factory = services_factory
        self._services: Services | None = None
        self._windows: Windows | None = None
        self._watch: SettingsWatch | None = None
        self._programs: GatewayWatch | None = None
        self._unsubscribe: list[Callable[[], None]] = []
        self._waiting: list[str] = []
        self._dialogs: set[QDialog] = set()
        self._exit_code = 0
        self._no_tray = False
        self._newcomers: list[Found] = []
        self._quit = asyncio.Event()
        self._tasks = Tasks(self._say)
        """What may be cut off at quit."""
        self._wishes = Tasks(self._say)
        """What the person asked for: finished before the end."""
        self._theme = Theme()
        self._menu = TrayMenu()
        self._tray = Tray(self._menu)
        self._hotkey = Hotkey()
        self._notifier = Notifier(self.tell)
        self._wire()

    async def run(self, command: str) -> int:
        """Show the icon, start the services behind it, and stay until somebody wants to quit.

        Returns:
            The exit code: 0, or 1 when the services could not start.
        """
        self._tray.start()
        if command:
            self._waiting.append(command)
        starting = self._tasks.run(self._start())
        await self._quit.wait()
        starting.cancel()
        await self.close()
        return self._exit_code

    def quit(self) -> None:
        """Ask the program to end; :meth:`run` then closes everything in order."""
        self._quit.set()

    async def close(self) -> None:
        """Close in order: no new wishes, asks settled, services, icon. May be called twice."""
        self._instance.release()
        self._notifier.stop()
        await self._hotkey.close()
        if self._windows is not None:
            await self._windows.close()
            self._windows = None
        if self._watch is not None:
            self._watch.stop()
        await self._tasks.cancel()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WISHES_SECONDS):
                await self._wishes.settled()
        await self._wishes.cancel()
        if self._programs is not None:
            await self._programs.close()
            self._programs = None
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        self._unsubscribe = []
        services, self._services = self._services, None
        if services is not None:
            await services.close()
        self._tray.stop()

    def do(self, command: str) -> None:
        """Carry out a command, once we can.

        The names in ``WINDOWS`` open a window; ``toggle`` and ``peek`` open or hide the quick ask and the
        glance panel; and there are ``export`` and ``quit``.
        """
        if command == "quit":
            self.quit()
        elif self._windows is None:
            self._waiting.append(command)
        else:
            if self._watch is not None:
                self._watch.look()  # what is opened shows the file as it is, watched or not
            actions: dict[str, Callable[[], None]] = {
                "toggle": self._windows.toggle_ask,
                "peek": partial(self._windows.toggle_glance, self._tray.place),
                "glance": partial(self._windows.open_glance, self._tray.place),
                "export": self._choose_export,
            }
            actions.get(command, partial(self._windows.open, command))()

    def tell(self, title: str, text: str) -> None:
        """Say one sentence: from the tray, or in a small window where there is none."""
        if not self._tray.notify(title, text):
            self._box(title, text)

    def _say(self, text: str) -> None:
        self.tell("Compute Broker", text)

    # -- start --------------------------------------------------------------------------------

    async def _start(self) -> None:
        self._theme.apply()
        QApplication.setWindowIcon(QIcon(str(resource("icons", "compute-broker-256.png"))))
        try:
            services = await self._load_services()
            self._services = services
            await services.start(probe=False)
        except BrokerError as error:
            self._give_up(error)
            return
        await self._open_house(services)
        await services.watch()
        if self._programs is not None:
            self._programs.start(self._tasks)  # before it is known what there is and costs, none is answered
        await self._offer_newcomers()

    async def _load_services(self) -> Services:
        """Import the core in a thread, so that icon and menu answer meanwhile; then make it here."""
        if self._factory is not None:
            return self._factory()
        module = await asyncio.to_thread(importlib.import_module, "compute_broker.compose")
        services: Services = module.Services(sparing=True)
        return services

    async def _open_house(self, services: Services) -> None:
        from compute_broker.desktop.gateway_watch import GatewayWatch  # noqa: PLC0415 - the icon comes first
        from compute_broker.desktop.windows import Windows  # noqa: PLC0415 - likewise

        self._unsubscribe = [
            services.broker.subscribe(self._dirty.emit),
            services.settings.subscribe(self._dirty.emit),
        ]
        self._watch = SettingsWatch(services.settings.path, services.follow, self._tasks)
        self._refresh()
        self._unsubscribe.append(watch_attention(services.market))
        self._programs = GatewayWatch(services, self._refresh, self._gateway_fails)
        windows = Windows(services, self._theme, self._programs.gateway)
        windows.quit_wanted.connect(self.quit)
        windows.busy_changed.connect(self._refresh)
        self._windows = windows
        if not self._waiting and not services.home.welcomed.exists():
            windows.open_welcome()  # first: it says itself what would else be said in boxes over it
        await self._hotkey.use(services.settings.current.desktop.hotkey)
        windows.show_hotkey(self._hotkey.state)
        if self._no_tray:
            self._live_without_tray()
        waiting, self._waiting = self._waiting, []
        for command in waiting:
            self.do(command)
        windows.prepare()

    async def _offer_newcomers(self) -> None:
        """Have the menu tell of model servers that run here and are no tiers yet."""
        from compute_broker.desktop.newcomers import newcomers, offer_text  # noqa: PLC0415 - the icon is first

        if self._services is not None:
            self._newcomers = await newcomers(self._services)
            self._menu.show_offer(offer_text(self._newcomers))

    async def _refresh_offer(self) -> None:
        """Take the line away when the servers that it tells of were used or dismissed."""
        from compute_broker.desktop.newcomers import offer_text, still_new  # noqa: PLC0415 - loaded already

        if self._services is not None:
            self._newcomers = await still_new(self._services, self._newcomers)
            self._menu.show_offer(offer_text(self._newcomers))

    def _give_up(self, error: BrokerError) -> None:
        """Say why the program cannot start, and end when that was read."""
        self._exit_code = 1
        box = self._box(tr("It cannot start"), str(error))
        box.finished.connect(self.quit)

    # -- wiring -------------------------------------------------------------------------------

    def _wire(self) -> None:
        menu = self._menu
        menu.ask_wanted.connect(lambda: self.do("ask"))
        menu.glance_wanted.connect(lambda: self.do("glance"))
        menu.history_wanted.connect(lambda: self.do("history"))
        menu.usage_wanted.connect(lambda: self.do("usage"))
        menu.trial_wanted.connect(lambda: self.do("trial"))
        menu.settings_wanted.connect(lambda: self.do("settings"))
        menu.export_wanted.connect(lambda: self.do("export"))
        menu.quit_wanted.connect(self.quit)
        menu.tier_switched.connect(self._switch_tier)
        menu.mode_chosen.connect(self._choose_mode)
        menu.aboutToShow.connect(self._menu_opens)
        self._tray.clicked.connect(lambda: self.do("peek"))
        self._tray.middle_clicked.connect(lambda: self.do("toggle"))
        self._tray.missing.connect(self._tray_missing)
        self._hotkey.pressed.connect(self._hotkey_pressed)
        self._hotkey.changed.connect(self._hotkey_changed)
        self._instance.asked.connect(self.do)
        self._dirty.connect(self._refresh, Qt.ConnectionType.QueuedConnection)

    def _refresh(self) -> None:
        """Show the one snapshot and the sums in icon, tooltip and menu."""
        services = self._services
        if services is None or not self._unsubscribe:
            return
        broker, settings = services.broker, services.settings
        busy = self._windows is not None and self._windows.busy
        busy = busy or (self._programs is not None and self._programs.gateway.busy)
        figure = settings.current.desktop.figure
        look = look_of(broker.snapshot, broker.spend, busy=busy, figure=figure)
        self._tray.show_look(look, tooltip(broker.spend))
        self._menu.show_state(broker.snapshot, broker.spend)
        self._menu.show_mode(settings.current.mode)
        self._menu.show_problem(settings.problem)
        self._notifier.look(broker.spend, broker.snapshot, settings.current.notify)
        self._theme.choose(settings.current.desktop.theme)
        if settings.current.desktop.hotkey != self._hotkey.wish:
            self._tasks.run(self._hotkey.use(settings.current.desktop.hotkey))

    def _menu_opens(self) -> None:
        """Show what is known, and ask the tiers that were not asked for a while."""
        self._refresh()
        if self._watch is not None:
            self._watch.look()
        if self._services is not None and self._windows is not None:
            self._tasks.run(self._services.market.refresh())
            if self._newcomers:
                self._tasks.run(self._refresh_offer())

    def _hotkey_pressed(self, time: int) -> None:
        if self._windows is None:
            self._waiting.append("ask")
        else:
            self._windows.toggle_ask(time)

    def _hotkey_changed(self) -> None:
        state = self._hotkey.state
        problem = state.problem
        if problem and state.another:
            problem = tr("{problem} Choose another in Settings, Desktop.", problem=problem)
        self._menu.show_hotkey(state.text, problem)
        if self._windows is not None:
            self._windows.show_hotkey(state)
        if problem and not (self._windows is not None and self._windows.welcoming):
            self.tell(tr("No hotkey") if not state.text else tr("Hotkey not changed"), problem)

    def _gateway_fails(self, problem: str) -> None:
        """Say why other programs are not answered, unless the person has the settings before them."""
        if self._windows is not None and not self._windows.configuring:
            self.tell(tr("Other programs are not answered"), problem)

    # -- wishes -------------------------------------------------------------------------------

    def _switch_tier(self, tier_id: str, enabled: bool) -> None:  # noqa: FBT001 - a signal's slot
        if self._services is not None:
            self._wishes.run(self._services.broker.set_enabled(tier_id, enabled))

    def _choose_mode(self, mode: str) -> None:
        if self._services is not None:
            self._wishes.run(self._set_mode(self._services, mode))

    @staticmethod
    async def _set_mode(services: Services, mode: str) -> None:
        from compute_broker.config.edits import set_value  # noqa: PLC0415 - brings tomlkit

        await asyncio.to_thread(services.settings.update, set_value("mode", mode))

    def _choose_export(self) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        proposal = Path(folder) / f"compute-broker-usage-{date.today():%Y-%m-%d}.csv"  # noqa: DTZ011 - the person's day
        dialog = QFileDialog(None, tr("Export usage as CSV"), str(proposal), tr("CSV files (*.csv)"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(lambda name: self._wishes.run(self._export(Path(name))))
        self._open_dialog(dialog)

    async def _export(self, path: Path) -> None:
        if self._services is None:
            return
        rows = await self._services.broker.export(path)
        self.tell(
            tr("Usage exported"),
            counted("{count} row written to {path}.", "{count} rows written to {path}.", rows, path=path),
        )

    # -- no tray ------------------------------------------------------------------------------

    def _tray_missing(self) -> None:
        self._no_tray = True
        if self._windows is not None:
            self._live_without_tray()

    def _live_without_tray(self) -> None:
        """Open the quick ask in the icon's place; say so the first time only.

        While the welcome is open it says so, and the quick ask comes when that is closed.
        """
        if self._windows is None or self._services is None or self._tray.visible:
            return
        self._windows.be_the_only_way_in()
        told = self._services.home.data / "told-about-no-tray"
        if self._windows.welcoming:
            told.touch()
            return
        self._windows.open_ask()
        if not told.exists():
            told.touch()
            hotkey = self._hotkey.state.text
            again = tr("starting the program again")
            ways = (
                tr("{hotkey} or {again} brings", hotkey=hotkey, again=again)
                if hotkey
                else tr("{again} brings", again=again)
            )
            self._tasks.run(self._tell_of_no_tray(self._windows, NO_TRAY.format(ways=ways)))

    async def _tell_of_no_tray(self, windows: Windows, text: str) -> None:
        """Say it in front of the quick ask, which is built first and takes the front itself."""
        await windows.settled()
        self._box(tr("No tray on this desktop"), text)

    def _box(self, title: str, text: str) -> QMessageBox:
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, text, QMessageBox.StandardButton.Ok)
        box.setIconPixmap(QApplication.windowIcon().pixmap(48, 48))
        box.button(QMessageBox.StandardButton.Ok).setIcon(QIcon())
        self._open_dialog(box)
        return box

    def _open_dialog(self, dialog: QDialog) -> None:
        """Show a dialog without a loop of its own, and keep it until it is closed."""
        self._dialogs.add(dialog)
        dialog.finished.connect(lambda: self._dialogs.discard(dialog))
        dialog.setModal(False)
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
