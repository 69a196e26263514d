"""Pages behind tabs, each made when it is first looked at: of nine, a person opens two."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.settings.rows import Page


class LatePages(QTabWidget):
    """A tab stands for its page until the page is wanted: by a click, by a search, or by :meth:`made`."""

    def __init__(self) -> None:
        """Start without pages."""
        super().__init__()
        self.titles: list[str] = []
        """What the tabs are called; a tab may say more."""
        self._makers: dict[str, Callable[[], Page]] = {}
        self._made: dict[str, Page] = {}
        self.setAccessibleName(tr("Pages"))
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.setUsesScrollButtons(False)  # all pages are in sight, with shorter names if need be
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.currentChanged.connect(self._looked_at)

    def add(self, name: str, title: str, make: Callable[[], Page]) -> None:
        """Add a tab called ``title``, whose page ``make`` makes; the first one is made at once."""
        self.titles.append(title)
        self._makers[name] = make
        self.addTab(QWidget(), title)

    def made(self, name: str) -> Page:
        """Return a page by its name, made now if it was not before."""
        if name not in self._made:
            page = self._made[name] = self._makers[name]()
            self._put(list(self._makers).index(name), page)
        return self._made[name]

    def made_at(self, at: int) -> Page:
        """Return the page of a tab, made now if it was not before."""
        return self.made(list(self._makers)[at])

    @property
    def there(self) -> list[Page]:
        """The pages that were made so far."""
        return list(self._made.values())

    def _looked_at(self, at: int) -> None:
        if 0 <= at < len(self._makers):
            self.made_at(at)

    def _put(self, at: int, page: Page) -> None:
        """Put a page in the place of what stood for it; its tab stays as it is."""
        front, text, enabled = self.currentIndex(), self.tabText(at), self.isTabEnabled(at)
        stood = self.widget(at)
        self.blockSignals(True)  # noqa: FBT003 - Qt's signature
        self.insertTab(at, page, text)
        self.setTabEnabled(at, enabled)
        self.removeTab(at + 1)
        self.setCurrentIndex(front)
        self.blockSignals(False)  # noqa: FBT003 - Qt's signature
        if stood is not None:
            stood.deleteLater()
