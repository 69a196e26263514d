"""The icon in the tray: made when there is a tray, made again when the tray comes late.

An icon shown before its host never registers, and hiding and showing does not help (measured): it is
destroyed and made anew as soon as the host is there.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QRect, QTimer, Signal
from PySide6.QtWidgets import QSystemTrayIcon

from compute_broker.desktop.icon import tray_icon
from compute_broker.desktop.look import Look
from compute_broker.desktop.menu import TrayMenu
from compute_broker.desktop.tray_host import TrayHost

EAGER_MS, PATIENT_MS = 200, 2000
"""How often to look for a tray host: while starting, and after we gave up waiting."""
GIVE_UP_SECONDS = 4.0
"""A desktop without a tray by then is told to have none."""


class Tray(QObject):
    """Shows look and tooltip, pops up the menu, and says when there is no tray."""

    clicked = Signal()
    middle_clicked = Signal()
    shown = Signal()
    missing = Signal()
    """No tray after a few seconds; sent once."""

    def __init__(self, menu: TrayMenu, host: TrayHost | None = None) -> None:
        """Prepare; :meth:`start` makes the icon."""
        super().__init__()
        self._menu = menu
        self._host = host or TrayHost()
        self._icon: QSystemTrayIcon | None = None
        self._look = Look()
        self._tooltip = "Compute Broker"
        self._started = 0.0
        self._told = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._seek)

    @property
    def visible(self) -> bool:
        """Whether there is an icon that a tray host has taken."""
        return self._icon is not None

    @property
    def place(self) -> QRect:
        """Where the icon is on the screen; empty where the system does not tell."""
        return QRect() if self._icon is None else self._icon.geometry()

    def start(self) -> None:
        """Make the icon now, or as soon as there is a tray."""
        self._started = time.monotonic()
        self._timer.start(EAGER_MS)
        self._seek()

    def stop(self) -> None:
        """Take the icon away, and stop looking for a tray."""
        self._timer.stop()
        self._remove()
        self._host.close()

    def show_look(self, look: Look, tooltip: str) -> None:
        """Draw the icon anew when it says something else; set the tooltip."""
        if look != self._look:
            self._look = look
            if self._icon is not None:
                self._icon.setIcon(tray_icon(look))
        self._tooltip = tooltip
        if self._icon is not None:
            self._icon.setToolTip(tooltip)

    def notify(self, title: str, text: str) -> bool:
        """Show a notification; return whether there was a tray to show it from."""
        if self._icon is None:
            return False
        self._icon.showMessage(title, text, tray_icon(Look()))
        return True

    def _seek(self) -> None:
        if self._host.present():
            self._timer.stop()
            self._make()
        elif not self._told and time.monotonic() - self._started > GIVE_UP_SECONDS:
            self._told = True
            self._timer.start(PATIENT_MS)
            self.missing.emit()

    def _make(self) -> None:
        self._remove()
        icon = QSystemTrayIcon(tray_icon(self._look), self)
        icon.setToolTip(self._tooltip)
        icon.setContextMenu(self._menu)
        icon.activated.connect(self._activated)
        icon.show()
        self._icon = icon
        self.shown.emit()

    def _remove(self) -> None:
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is QSystemTrayIcon.ActivationReason.Trigger:
            self.clicked.emit()
        elif reason is QSystemTrayIcon.ActivationReason.MiddleClick:
            self.middle_clicked.emit()
