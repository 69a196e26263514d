"""Days and moments as a person reads them, with the names that their language has for them."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QDate, QDateTime, QLocale, QTime

from compute_broker.core.texts import spoken


def said(when: date, pattern: str) -> str:
    """Return a day, or a moment as its own clock shows it, by one of Qt's patterns: ``d MMMM HH:mm``.

    Patterns are texts like any other, since a language has an order and dots of its own: ``d. MMMM``.
    """
    locale, day = QLocale(spoken()), QDate(when.year, when.month, when.day)
    if isinstance(when, datetime):
        return locale.toString(QDateTime(day, QTime(when.hour, when.minute, when.second)), pattern)
    return locale.toString(day, pattern)
