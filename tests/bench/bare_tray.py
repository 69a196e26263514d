"""The least that a tray program of this make can be: PySide6, qasync, httpx2, an icon and a menu."""

from __future__ import annotations

import asyncio
import sys

import httpx2
import qasync
from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon


async def main() -> None:
    """Show the icon, and stay."""
    async with httpx2.AsyncClient():
        pixmap = QPixmap(32, 32)
        pixmap.fill(Qt.GlobalColor.darkGreen)
        icon = QSystemTrayIcon(QIcon(pixmap))
        menu = QMenu()
        menu.addAction("Quit")
        icon.setContextMenu(menu)
        icon.show()
        await asyncio.Event().wait()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(application)) as runner:
        runner.run(main())
