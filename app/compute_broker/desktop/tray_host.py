"""Is there a tray on this desktop at this moment?

On Linux we look ourselves: Qt decides once in a process whether the desktop has a StatusNotifierItem
host, so it must not be asked before there is one (login starts programs in any order).
"""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QSystemTrayIcon

from compute_broker.desktop.xcb import Display, XError

_WATCHER = "org.kde.StatusNotifierWatcher"
_XEMBED = "_NET_SYSTEM_TRAY_S0"


class TrayHost:
    """Asks the session bus and the X server; both connections are made once."""

    def __init__(self) -> None:
        """Connect to nothing yet."""
        self._display: Display | None = None
        self._tried_display = False

    def present(self) -> bool:
        """Return whether an icon shown now would be seen."""
        if not sys.platform.startswith("linux"):
            return QSystemTrayIcon.isSystemTrayAvailable()
        return self._watcher() or self._xembed()

    def close(self) -> None:
        """Leave the X server."""
        if self._display is not None:
            self._display.close()
            self._display = None

    @staticmethod
    def _watcher() -> bool:
        from PySide6.QtDBus import QDBusConnection  # noqa: PLC0415 - Linux only

        bus = QDBusConnection.sessionBus()
        if not bus.isConnected():
            return False
        return bool(bus.interface().isServiceRegistered(_WATCHER).value())

    def _xembed(self) -> bool:
        if not self._tried_display:
            self._tried_display = True
            try:
                self._display = Display()
            except XError:
                return False  # a Wayland session without X: only the bus can have a tray
        return self._display is not None and self._display.selection_owner(_XEMBED) != 0
