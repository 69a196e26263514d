"""Pages behind tabs, each made when it is first looked at: of nine, a person opens two."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from importlib import import_module

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.building import dressed, in_turns, painted_later
from compute_broker.desktop.settings.rows import Page
from compute_broker.desktop.tasks import Tasks


class LatePages(QTabWidget):
    """A tab stands for its page until the page is wanted: by a click, by a search, or by :meth:`made`."""

    def __init__(self, tasks: Tasks) -> None:
        """Start without pages; ``tasks`` run what makes them."""
        super().__init__()
        self.titles: list[str] = []
        """What the tabs are called; a tab may say more."""
        self._tasks = tasks
        self._makers: dict[str, Callable[[], Page]] = {}
        self._modules: dict[str, str] = {}
        self._rising: dict[str, Page] = {}
        self._made: dict[str, Page] = {}
        self.setAccessibleName(tr("Pages"))
        self.setDocumentMode(True)
        self.tabBar().setDrawBase(False)
        self.setUsesScrollButtons(False)  # all pages are in sight, with shorter names if need be
        self.setElideMode(Qt.TextElideMode.ElideRight)
        self.currentChanged.connect(self._looked_at)

    def add(self, name: str, title: str, module: str, make: Callable[[], Page]) -> None:
        """Add a tab called ``title``, whose page ``make`` makes with the code of ``module``."""
        self.titles.append(title)
        self._makers[name] = make
        self._modules[name] = module
        self.blockSignals(True)  # noqa: FBT003 - Qt's signature; nobody looks at the first one yet
        self.addTab(QWidget(), title)
        self.blockSignals(False)  # noqa: FBT003 - Qt's signature

    def made(self, name: str) -> Page:
        """Return a page by its name, made now if it was not before."""
        for _ in self.making(name):
            pass
        return self._made[name]

    def made_at(self, at: int) -> Page:
        """Return the page of a tab, made now if it was not before."""
        return self.made(self.name_at(at))

    def name_at(self, at: int) -> str:
        """Return the name of a tab's page."""
        return list(self._makers)[at]

    def making(self, name: str) -> Iterator[None]:
        """Make a page part by part; what somebody else has begun is gone on with.

        Its parts show once all of them are there: each would have those before it laid out anew.
        """
        if name in self._made:
            return
        if name not in self._rising:
            page = self._rising[name] = self._makers[name]()
            page.inside.hide()
            page.parts = _unseen(page, page.parts)
            self._put(list(self._makers).index(name), page)
            yield
        try:
            for _ in self._rising[name].parts:
                yield
        except Exception:
            self._rising.pop(name, None)  # the next who wants the page has it made anew
            raise
        if name in self._rising:
            self._made[name] = self._rising.pop(name)

    async def read(self) -> None:
        """Have a thread read the code of all pages: with it a page takes half as long to come."""
        for module in dict.fromkeys(self._modules.values()):
            await asyncio.to_thread(import_module, module)

    @property
    def there(self) -> list[Page]:
        """The pages to tell of changes: those that were made, and those that are filled but not seen yet."""
        return [*self._made.values(), *(page for page in self._rising.values() if page.stands)]

    def _looked_at(self, at: int) -> None:
        if not 0 <= at < len(self._makers):
            return
        name = self.name_at(at)
        if name in self._made:
            self._tasks.run(painted_later(self._made[name]))
        else:
            self._tasks.run(self._make(name))

    async def _make(self, name: str) -> None:
        await asyncio.to_thread(import_module, self._modules[name])
        await in_turns(self.making(name))

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


def _unseen(page: Page, parts: Iterator[None]) -> Iterator[None]:
    """Build a page whose inside is hidden; lay that out at the end, and have it painted in the next turn."""
    yield from parts
    yield from dressed(page.inside)
    page.setUpdatesEnabled(False)
    page.inside.show()
    yield
    page.setUpdatesEnabled(True)
