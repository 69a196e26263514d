"""One program for each person and home: a second start hands over what it was asked for, and ends.

A lock file decides who is first (it survives neither the process nor a kill -9), a local socket that
only its owner may open carries one JSON line from the second to the first, which answers ``ok``.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import sys
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, QStandardPaths, QThread, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.texts import tr
from compute_broker.window_names import WINDOWS

COMMANDS = (*WINDOWS, "quit")
WAIT_MS = 3000
"""How long a second start waits for the first to answer."""
RETRY_MS = 20
_LONGEST_LINE = 4096
_TOKEN = "XDG_ACTIVATION_TOKEN"  # noqa: S105 - the name of a variable, no secret
_ANY_PROCESS = 0xFFFFFFFF


class SingleInstance(QObject):
    """The claim to be the one program of this home. ``asked`` carries a later start's command."""

    asked = Signal(str)

    def __init__(self, home: Path) -> None:
        """Name lock and socket after the person and ``home``."""
        super().__init__()
        folder = _runtime_folder()
        name = f"compute-broker-{_digest(home)}"
        self._address = name if sys.platform == "win32" else str(folder / f"{name}.sock")
        self._lock = QLockFile(str(folder / f"{name}.lock"))
        self._lock.setStaleLockTime(0)
        self._server: QLocalServer | None = None

    def claim(self) -> bool:
        """Return whether this process is the first. Needs no application object."""
        return self._lock.tryLock(0)

    def listen(self) -> None:
        """Listen for later starts; the claim is ours and Qt's application exists.

        Raises:
            EnvironmentFaultError: nobody can listen here; the text says why.
        """
        QLocalServer.removeServer(self._address)
        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._answer)
        if not server.listen(self._address):
            raise EnvironmentFaultError(
                tr(
                    "No socket can be made at {address} ({errorstring}); free some space there.",
                    address=self._address,
                    errorstring=server.errorString(),
                )
            )
        self._server = server

    def hand_over(self, command: str) -> bool:
        """Send ``command`` to the program that runs already; return whether it took it.

        Needs Qt's application, if only the core one.
        """
        _let_it_come_forward()
        socket = QLocalSocket()
        if not self._reach(socket):
            return False
        line = {"command": command, "token": os.environ.get(_TOKEN, "")}
        socket.write(json.dumps(line).encode() + b"\n")
        answered = socket.waitForReadyRead(WAIT_MS)
        taken = answered and bytes(socket.readAll().data()).startswith(b"ok")
        socket.disconnectFromServer()
        return taken

    def _reach(self, socket: QLocalSocket) -> bool:
        """Connect; one that is just starting holds the lock a moment before it listens."""
        deadline = QDeadlineTimer(WAIT_MS)
        while not deadline.hasExpired():
            socket.connectToServer(self._address)
            if socket.waitForConnected(WAIT_MS):
                return True
            QThread.msleep(RETRY_MS)  # between two processes nothing tells when a socket appears
        return False

    def release(self) -> None:
        """Stop listening and give the claim up. May be called twice."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._lock.unlock()

    def _answer(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda socket=socket: self._read(socket))
            if socket.bytesAvailable():
                self._read(socket)

    def _read(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > _LONGEST_LINE:
                socket.abort()
            return
        command, token = _parse(bytes(socket.readLine(_LONGEST_LINE).data()))
        socket.write(b"ok\n" if command else b"unknown\n")
        socket.flush()
        socket.disconnectFromServer()
        if command:
            if token:
                os.environ[_TOKEN] = token  # Qt takes it when the next window shows
            self.asked.emit(command)


def _parse(line: bytes) -> tuple[str, str]:
    """Return command and activation token; an empty command for what we do not understand."""
    try:
        message = json.loads(line)
    except ValueError:
        return "", ""
    if not isinstance(message, dict) or message.get("command") not in COMMANDS:
        return "", ""
    return str(message["command"]), str(message.get("token") or "")


def _runtime_folder() -> Path:
    kinds = (QStandardPaths.StandardLocation.RuntimeLocation, QStandardPaths.StandardLocation.TempLocation)
    for kind in kinds:
        folder = QStandardPaths.writableLocation(kind)
        if folder and os.access(folder, os.W_OK):
            return Path(folder)
    raise EnvironmentFaultError(tr("There is no folder for temporary files; make one and set TMPDIR to it."))


def _digest(home: Path) -> str:
    person = os.environ.get("USERNAME", "") if sys.platform == "win32" else str(os.getuid())
    return hashlib.sha256(f"{person}\0{home.resolve()}".encode()).hexdigest()[:12]


def _let_it_come_forward() -> None:
    """On Windows only the process in front may let another come forward: that is us, for a moment."""
    if sys.platform == "win32":
        ctypes.WinDLL("user32").AllowSetForegroundWindow(_ANY_PROCESS)
