"""The way into the desktop: one instance, Qt's application, its loop as asyncio's, a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator
from PySide6.QtGui import QSessionManager
from PySide6.QtWidgets import QApplication

from compute_broker import __version__
from compute_broker.config.home import Home
from compute_broker.core.errors import BrokerError
from compute_broker.core.texts import ENGLISH, tr
from compute_broker.desktop.collecting import Collector
from compute_broker.desktop.loop import Loop
from compute_broker.desktop.shell import ServicesFactory, Shell
from compute_broker.desktop.single_instance import SingleInstance

NAME = "Compute Broker"
DESKTOP_FILE = "compute-broker"
"""Basename of our .desktop file: the tray item's id, the portal's application id, the window class."""

WORKERS = 4
"""Threads for what would block the loop: files, the keyring, the ledger. Started as needed."""


def run(
    services_factory: ServicesFactory | None = None, *, command: str = "", language: str = ENGLISH
) -> int:
    """Run the desktop program until it is quit, and return the exit code.

    ``command`` (one of ``WINDOWS``) opens a window at once. When the program runs
    already, the running one does that (``ask`` without a command) and this one returns 0. ``language`` is the
    one that texts are in: Qt's own follow, and the side on which lines begin.
    """
    try:
        instance = SingleInstance(Home.find().data)
        if not instance.claim():
            return _hand_over(instance, command or "ask")
        app = make_application(language)
        instance.listen()
    except BrokerError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    collector = Collector(app)
    with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner:
        shell: Shell | None = None

        async def live() -> int:
            nonlocal shell
            shell = Shell(instance, services_factory)
            _quit_on_signals(shell)
            return await shell.run(command)

        try:
            return runner.run(live())
        except RuntimeError:
            # Qt itself stopped the loop: the session ended, or the system's own Quit was chosen.
            if shell is None or not app_was_quit(app):
                raise
            runner.run(shell.close())
            return 0
        finally:
            collector.stop()


def make_application(language: str = ENGLISH) -> QApplication:
    """Return Qt's application with our names, living on without windows, in ``language``."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName(NAME)
    app.setApplicationDisplayName(NAME)
    app.setApplicationVersion(__version__)
    app.setDesktopFileName(DESKTOP_FILE)
    app.setQuitOnLastWindowClosed(False)
    app.setStyle("Fusion")
    app.setProperty("quit", False)  # noqa: FBT003 - Qt's signature
    app.aboutToQuit.connect(lambda: app.setProperty("quit", True))  # noqa: FBT003 - Qt's signature
    app.commitDataRequest.connect(_session_ends)
    if language != ENGLISH:
        _speak(app, language)
    return app


def _speak(app: QApplication, language: str) -> None:
    """Have Qt's own texts (menus of a text field, file dialogs) and the direction of lines follow."""
    locale = QLocale(language)
    app.setLayoutDirection(locale.textDirection())
    translator = QTranslator(app)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if translator.load(locale, "qtbase", "_", folder):
        app.installTranslator(translator)


def make_loop(app: QApplication) -> Loop:
    """Return Qt's loop as asyncio's. Its own executor would start ten threads at the first use."""
    loop = Loop(app)
    loop.set_default_executor(ThreadPoolExecutor(WORKERS, thread_name_prefix="worker"))
    return loop


def app_was_quit(app: QApplication) -> bool:
    """Return whether the application was told to quit from outside our loop."""
    return bool(app.property("quit"))


def _session_ends(manager: QSessionManager) -> None:
    """Nothing waits to be saved (drafts and money are on disk already); login starts us, not the session."""
    manager.setRestartHint(QSessionManager.RestartHint.RestartNever)


def _hand_over(instance: SingleInstance, command: str) -> int:
    application = QCoreApplication(sys.argv[:1])  # local sockets want one, a screen they do not
    application.setApplicationName(NAME)
    if instance.hand_over(command):
        return 0
    sys.stderr.write(
        tr("Compute Broker runs already but does not answer; end that process and start again.\n")
    )
    return 1


def _quit_on_signals(shell: Shell) -> None:
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(NotImplementedError):  # Windows: the console ends us by itself
                loop.add_signal_handler(number, shell.quit)
