"""Search over all pages of the settings: what fits stays, the rest is out of sight until it is cleared.

Nothing is registered: every row of every :class:`~compute_broker.desktop.settings.rows.Section` on a page is
looked at as it is, with its labels, hints, descriptions and choices. A row may offer ``unfold(fits)`` and
``fold()`` for what it keeps folded away.

All that takes longer than a frame, so it is done in slices between the turns of the loop: the page in front
first, and each letter that is typed begins anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLayoutItem, QLineEdit, QWidget

from compute_broker.core.texts import counted, tr
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.kinds import set_kind
from compute_broker.desktop.settings.late_pages import LatePages
from compute_broker.desktop.settings.rows import Section, said
from compute_broker.desktop.settings.search_words import fits, meanings

_SLICE = 0.002
"""Seconds of looking in one turn of the loop: an eighth of a frame, as what is found is painted too."""


@dataclass(frozen=True)
class Row:
    """A row of a section: its widgets at the top, and everything it says."""

    widgets: tuple[QWidget, ...]
    text: str


class SearchField(QLineEdit):
    """Looks while typing. Down goes to what was found, Return to the next page of it, Escape clears."""

    found = Signal(int)
    """All pages were looked at, and so many rows fit; -1 when nothing is looked for."""

    def __init__(self, pages: LatePages) -> None:
        """Look through ``pages``, as they are at each look."""
        super().__init__()
        self._pages = pages
        self._hidden: set[QWidget] = set()
        self._unfolded: list[Any] = []
        self._counts: dict[int, int] = {}
        self._work: Iterator[None] = iter(())
        self._turn = QTimer(self, interval=1)  # at 0 it would come before every other timer that is due
        self._turn.timeout.connect(self._go_on)
        self.setPlaceholderText(tr("Search the settings"))
        self.setAccessibleName(tr("Search the settings"))
        self.textChanged.connect(lambda _text: self.look())

    @property
    def counts(self) -> list[int]:
        """How many rows fit on each page; empty when nothing is looked for."""
        return [self._counts[at] for at in sorted(self._counts)]

    @property
    def looking(self) -> bool:
        """Whether pages are still to be looked at."""
        return self._turn.isActive()

    def look(self) -> None:
        """Begin to show only what fits; everything again when nothing is looked for."""
        self._work = self._look(meanings(self.text()))
        self._turn.start()

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

    # Looking, in slices

    def _go_on(self) -> None:
        enough = time.perf_counter() + _SLICE
        for _ in self._work:
            if time.perf_counter() > enough:
                return
        self._turn.stop()

    def _look(self, wanted: list[list[str]]) -> Iterator[None]:
        """Look at one row at a time, and tell at the end."""
        yield from self._fold()
        self._hidden = {widget for widget in self._hidden if shiboken6.isValid(widget)}
        self._counts = {}
        front = self._pages.currentIndex()
        for at in sorted(range(self._pages.count()), key=lambda one: one != front):
            yield from self._pages.making(self._pages.name_at(at))
            count, page = 0, self._pages.made_at(at)
            yield
            for section in self._sections(at):
                count += yield from self._look_at(section, wanted)
            if wanted:
                self._counts[at] = count
                page.verticalScrollBar().setValue(0)
        if any(self.counts) and not self._counts[self._pages.currentIndex()]:
            self._pages.setCurrentIndex(max(self._counts, key=lambda at: self._counts[at]))
        self._show_counts()
        self._tell(wanted)

    def _sections(self, at: int) -> list[Section]:
        every = self._pages.made_at(at).findChildren(Section)
        return [section for section in every if self._is_there(section)]

    def _look_at(self, section: Section, wanted: list[list[str]]) -> Generator[None, None, int]:
        """Look at a section's rows, show what fits and hide the rest; return how many fit."""
        head = " ".join(text for each in (section, *_heads(section)) for text in said(each, deep=False))
        rows, fitting = [], []
        for row in rows_of(section, self._is_there):
            rows.append(row)
            if fits(f"{head} {row.text}", wanted):
                fitting.append(row)
            yield
            if not shiboken6.isValid(section):
                return 0  # it went meanwhile
        for row in rows:
            self._put(*row.widgets, shown=row in fitting)
        self._put(section, shown=bool(fitting) or not wanted)
        if not fits(head, wanted):
            for row in fitting:
                yield from self._unfold(row, wanted)
        return len(fitting)

    def _unfold(self, row: Row, wanted: list[list[str]]) -> Iterator[None]:
        """Show what a row keeps folded away, where only that has the words as they were typed."""
        typed = [[word] for word in self.text().lower().split()]
        for widget in row.widgets:
            if shiboken6.isValid(widget) and hasattr(widget, "unfold") and not fits(_in_sight(widget), typed):
                for _ in getattr(widget, "unfolding", tuple)():
                    yield
                    if not shiboken6.isValid(widget):
                        return  # it went meanwhile
                widget.unfold(lambda text: fits(text, wanted))
                self._unfolded.append(widget)
                yield

    def _fold(self) -> Iterator[None]:
        while self._unfolded:
            widget = self._unfolded.pop()
            if shiboken6.isValid(widget):
                widget.fold()
                yield

    def _is_there(self, widget: QWidget) -> bool:
        """Whether a widget is in sight but for us."""
        return widget in self._hidden or not widget.isHidden()

    def _put(self, *widgets: QWidget, shown: bool) -> None:
        for widget in widgets:
            if not shiboken6.isValid(widget):
                self._hidden.discard(widget)
            elif shown and widget in self._hidden:
                self._hidden.discard(widget)
                widget.show()
            elif not shown and not widget.isHidden():
                self._hidden.add(widget)
                widget.hide()

    def _show_counts(self) -> None:
        """Show how many fit on each page, and close those where none does: all of them stay open for none."""
        for at, title in enumerate(self._pages.titles):
            count = self._counts.get(at, 0)
            self._pages.setTabText(at, f"{title} ({count})" if count else title)
            self._pages.setTabEnabled(at, bool(count) or not any(self.counts))
        # Closer together, as the figures need room.
        set_kind(self._pages.tabBar(), "counted" if any(self.counts) else "")

    def _tell(self, wanted: list[list[str]]) -> None:
        total, pages = sum(self.counts), sum(1 for count in self.counts if count)
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

    # Going to what was found

    def _enter(self) -> None:
        """Go to the first control of the page that is in sight."""
        page = self._pages.made_at(self._pages.currentIndex())
        for widget in page.findChildren(QWidget):
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
                page.ensureWidgetVisible(widget)
                return

    def _next_page(self) -> None:
        count = self._pages.count()
        after = [(self._pages.currentIndex() + step) % count for step in range(1, count + 1)]
        page = next((at for at in after if self._counts.get(at)), None)
        if page is not None:
            self._pages.setCurrentIndex(page)


def rows_of(section: Section, there: Callable[[QWidget], bool]) -> Iterator[Row]:
    """Yield the rows of a section: what stands in its column below title and purpose, and is ``there``."""
    for at in range(section.column.count()):
        item = section.column.itemAt(at)
        widgets = tuple(_widgets(item))
        if any(there(widget) and widget.property("part") != "head" for widget in widgets):
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
