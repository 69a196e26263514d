"""Search over all pages of the settings: what fits stays, the rest is out of sight until it is cleared.

Nothing is registered: every row of every :class:`~compute_broker.desktop.settings.rows.Section` on a page is
looked at as it is, with its labels, hints, descriptions and choices. A row may offer ``unfold(fits)`` and
``fold()`` for what it keeps folded away.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QLabel,
    QLayoutItem,
    QLineEdit,
    QScrollArea,
    QTabWidget,
    QWidget,
)

from compute_broker.core.texts import counted, tr
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.settings.rows import Section, said

SYNONYMS = tuple(
    tuple(group.casefold().split(", "))
    for group in (
        tr("hotkey, shortcut, keyboard, key combination"),
        tr("colour, color, theme, dark, light, appearance"),
        tr("budget, limit, money, spending, amount, dollars, usd"),
        tr("price, cost, tariff, money"),
        tr("start at login, autostart, startup, boot"),
        tr("notification, alert, message, warn"),
        tr("quiet, mute, silent, do not disturb"),
        tr("private, privacy, secret, confidential, local only"),
        tr("delete, retention, forget, keep, history"),
        tr("second opinion, cross-check, cross check, verify"),
        tr("mode, quality, thrifty, balanced, best, floor"),
        tr("tier, model, provider, server"),
        tr("watts, power, electricity, energy, kwh"),
        tr("key, token, password, credential, keyring"),
        tr("wait, timeout, slow, patience, seconds"),
        tr("context, prompt length, longest prompt"),
        tr("effort, thinking, reasoning"),
        tr("order, move, sort, rearrange"),
        tr("diagnostics, help, support, bug, log file"),
    )
)
"""Words that mean one another here: whoever looks for one finds the others too."""

_BETWEEN = re.compile(r"[\W_]+")
"""What stands between words: a search finds beginnings of words."""


@dataclass(frozen=True)
class Row:
    """A row of a section: its widgets at the top, and everything it says."""

    widgets: tuple[QWidget, ...]
    text: str


class SearchField(QLineEdit):
    """Looks while typing. Down goes to what was found, Return to the next page of it, Escape clears."""

    found = Signal(int)
    """How many rows fit; -1 when nothing is looked for."""

    def __init__(self, pages: QTabWidget) -> None:
        """Look through ``pages``, as they are at each look."""
        super().__init__()
        self._pages = pages
        self._titles = [pages.tabText(at) for at in range(pages.count())]
        self._hidden: list[QWidget] = []
        self._unfolded: list[Any] = []
        self._to_unfold: list[Any] = []
        # A row a turn of the loop: what was folded is drawn for the first time, and that takes its time.
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._unfold_next)
        self._counts: list[int] = []
        self.setPlaceholderText(tr("Search the settings"))
        self.setAccessibleName(tr("Search the settings"))
        self.setClearButtonEnabled(True)
        self.textChanged.connect(lambda _text: self.look())

    @property
    def counts(self) -> list[int]:
        """How many rows fit on each page; empty when nothing is looked for."""
        return self._counts

    def look(self) -> None:
        """Show only what fits; everything again when nothing is looked for."""
        self._show_all()
        wanted = meanings(self.text())
        self._counts = [self._look_at(at, wanted) for at in range(self._pages.count())] if wanted else []
        for at, title in enumerate(self._titles):
            count = self._counts[at] if wanted else None
            self._pages.setTabText(at, f"{title} ({count})" if count else title)
            self._pages.setTabEnabled(at, count != 0)
        if any(self._counts) and not self._counts[self._pages.currentIndex()]:
            self._pages.setCurrentIndex(next(at for at, count in enumerate(self._counts) if count))
        self._tell(wanted)

    def again(self) -> None:
        """Look again after rows came or went."""
        if self.text().strip():
            self.look()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Go on to what was found, or clear."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down:
            self._enter()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._next_page()
        else:
            super().keyPressEvent(event)

    def _look_at(self, at: int, wanted: list[list[str]]) -> int:
        page, found = self._pages.widget(at), 0
        for section in page.findChildren(Section) if page is not None else []:
            if section.isHidden():
                continue
            rows = list(rows_of(section))
            head = " ".join(text for each in (section, *_heads(section)) for text in said(each, deep=False))
            fitting = [row for row in rows if fits(f"{head} {row.text}", wanted)]
            for row in rows:
                if row not in fitting:
                    self._hide(*row.widgets)
                elif not fits(head, wanted):
                    self._unfold(row, wanted)
            if not fitting:
                self._hide(section)
            found += len(fitting)
        if isinstance(page, QScrollArea):
            page.verticalScrollBar().setValue(0)
        return found

    def _unfold(self, row: Row, wanted: list[list[str]]) -> None:
        """Show what a row keeps folded away, where only that has the words as they were typed."""
        typed = [[word] for word in self.text().lower().split()]
        for widget in row.widgets:
            if hasattr(widget, "unfold") and not fits(_in_sight(widget), typed):
                self._to_unfold.append((widget, wanted))
                self._turn.start()

    def _unfold_next(self) -> None:
        if not self._to_unfold:
            self._turn.stop()
            return
        widget, wanted = self._to_unfold.pop(0)
        if shiboken6.isValid(widget):
            widget.unfold(lambda text: fits(text, wanted))
            self._unfolded.append(widget)

    def _hide(self, *widgets: QWidget) -> None:
        for widget in widgets:
            if not widget.isHidden():
                widget.hide()
                self._hidden.append(widget)

    def _show_all(self) -> None:
        for widget in self._hidden:
            if shiboken6.isValid(widget):
                widget.show()
        self._hidden = []
        for widget in self._unfolded:
            if shiboken6.isValid(widget):
                widget.fold()
        self._unfolded, self._to_unfold = [], []

    def _enter(self) -> None:
        """Go to the first control of the page that is in sight."""
        page = self._pages.currentWidget()
        for widget in page.findChildren(QWidget):
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
                if isinstance(page, QScrollArea):
                    page.ensureWidgetVisible(widget)
                return

    def _next_page(self) -> None:
        count = self._pages.count()
        after = [(self._pages.currentIndex() + step) % count for step in range(1, count + 1)]
        page = next((at for at in after if self._counts and self._counts[at]), None)
        if page is not None:
            self._pages.setCurrentIndex(page)

    def _tell(self, wanted: list[list[str]]) -> None:
        total, pages = sum(self._counts), sum(1 for count in self._counts if count)
        if not wanted:
            self.setAccessibleDescription("")
            self.found.emit(-1)
            return
        text = (
            tr(
                "{settings}, on {pages}",
                settings=counted("{count} setting fits", "{count} settings fit", total),
                pages=counted("{count} page", "{count} pages", pages),
            )
            if total
            else tr("No setting fits")
        )
        self.setAccessibleDescription(text)
        announce(self, text)
        self.found.emit(total)


def fits(text: str, wanted: list[list[str]]) -> bool:
    """Return whether every wanted word, or one that means it, begins a word of ``text``."""
    plain = f" {_BETWEEN.sub(' ', text.casefold())}"
    return all(any(f" {_BETWEEN.sub(' ', word)}" in plain for word in words) for words in wanted)


def meanings(text: str) -> list[list[str]]:
    """Return the words of a search, each with those that mean the same; all in small letters."""
    text = " ".join(text.casefold().split())
    if not text:
        return []
    whole = [group for group in SYNONYMS if text in group]
    if " " in text and whole:
        return [[each for group in whole for each in group]]
    return [_same(word) for word in text.split(" ")]


def _same(word: str) -> list[str]:
    """Return the word and what means it; a beginning of three letters counts as the word."""
    least = 3
    groups = [
        group
        for group in SYNONYMS
        if any(each == word or (len(word) >= least and each.startswith(word)) for each in group)
    ]
    return [word, *(each for group in groups for each in group)]


def rows_of(section: Section) -> Iterator[Row]:
    """Yield the rows of a section: what stands in its column below title and purpose."""
    for at in range(section.column.count()):
        item = section.column.itemAt(at)
        widgets = tuple(_widgets(item))
        if all(widget.isHidden() or widget.property("part") == "head" for widget in widgets):
            continue
        yield Row(widgets, " ".join(text for each in widgets for text in said(each)))


def _widgets(item: QLayoutItem | None) -> Iterator[QWidget]:
    if item is None:
        return
    widget, layout = item.widget(), item.layout()
    if widget is not None:
        yield widget
    elif layout is not None:
        for at in range(layout.count()):
            yield from _widgets(layout.itemAt(at))


def _in_sight(widget: QWidget) -> str:
    every = [each for each in widget.findChildren(QWidget) if each.isVisibleTo(widget)]
    return " ".join(text for each in (widget, *every) for text in said(each, deep=False))


def _heads(section: QWidget) -> list[QWidget]:
    return [each for each in section.findChildren(QLabel) if each.property("part") == "head"]
