"""What a screen reader is told when nothing has the focus that would say it."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, text: str) -> None:
    """Have ``text`` read out, as coming from ``widget``; nothing happens where no screen reader runs."""
    QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, text))
