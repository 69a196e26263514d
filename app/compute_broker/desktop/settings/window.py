"""The settings window: nine pages, every change applied at once, a bad file told in a banner."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QVBoxLayout

from compute_broker.core.texts import tr
from compute_broker.desktop.ask.notice import Notice
from compute_broker.desktop.loop import own_turn
from compute_broker.desktop.pane import Pane
from compute_broker.desktop.settings.amount import AmountEdit
from compute_broker.desktop.settings.late_pages import LatePages
from compute_broker.desktop.settings.lines import Field
from compute_broker.desktop.settings.making import Making
from compute_broker.desktop.settings.rows import Section, Verdict, text_label
from compute_broker.desktop.settings.search import SearchField
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.theme import L, M, Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services
    from compute_broker.desktop.settings.desktop_page import DesktopPage
    from compute_broker.desktop.settings.learned_page import LearnedPage
    from compute_broker.desktop.settings.machine_page import MachinePage
    from compute_broker.desktop.settings.pages import BudgetPage, ChoosingPage, DataPage
    from compute_broker.desktop.settings.privacy_page import PrivacyPage
    from compute_broker.desktop.settings.programs_page import ProgramsPage
    from compute_broker.desktop.settings.tiers_page import TiersPage
    from compute_broker.gateway.gateway import Gateway


class SettingsWindow(Pane):
    """Follows the file: what is edited by hand shows here too."""

    _settings_moved = Signal()
    _world_moved = Signal()

    def __init__(
        self, services: Services, theme: Theme, gateway: Gateway | None = None, *, whole: bool = True
    ) -> None:
        """Build the frame and the first page; the others are made when they are wanted.

        The page of other programs tells of ``gateway``.
        """
        super().__init__(tr("Settings"))
        self._services = services
        self._theme, self._gateway = theme, gateway
        self.begin(whole=whole)

    def build(self) -> Iterator[None]:
        """Build the search, the tabs, and the page of tiers."""
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(M)
        self.banner = Notice(self._theme, tr("Problem with the settings"))
        column.addWidget(self.banner)
        self.pages = LatePages(self._tasks)
        self.search = SearchField(self.pages)
        column.addWidget(self.search)
        yield
        self.search.setClearButtonEnabled(True)  # Qt looks for its sign on the disk
        yield
        self.nothing = text_label("", tr("Nothing found"), kind="muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.hide()
        column.addWidget(self.pages, 1)
        column.addWidget(self.nothing, 1)
        writer = Writer(self._services, self._tasks, self._show_settings)
        making = Making(self._services, self._tasks, writer, self._theme, self._refused, self._gateway)
        making.add_to(self.pages, self.search)
        self._connect()  # what changes from here on is told to the page, which is filled before it is whole
        yield
        yield from self.pages.making("tiers")
        self.resize(800, 700)
        self._show_banner()

    def _connect(self) -> None:
        self.search.found.connect(self._found)
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.activated.connect(self._find)
        # Both may tell from a worker thread: a signal brings the news to this one.
        self._settings_moved.connect(self._settings_changed)
        self._world_moved.connect(self._world_changed)
        self._unsubscribe = [
            self._services.settings.subscribe(self._settings_moved.emit),
            self._services.broker.subscribe(self._world_moved.emit),
            *([self._gateway.subscribe(self._world_moved.emit)] if self._gateway is not None else []),
        ]

    @property
    def tiers(self) -> TiersPage:
        """The page of tiers, made with the window; the others are made when they are first wanted."""
        return cast("TiersPage", self.pages.made("tiers"))

    @property
    def budget(self) -> BudgetPage:
        """The page of budgets."""
        return cast("BudgetPage", self.pages.made("budget"))

    @property
    def choosing(self) -> ChoosingPage:
        """The page of modes and classifiers."""
        return cast("ChoosingPage", self.pages.made("choosing"))

    @property
    def machine(self) -> MachinePage:
        """The page of hardware and electricity."""
        return cast("MachinePage", self.pages.made("machine"))

    @property
    def programs(self) -> ProgramsPage:
        """The page of other programs that ask here."""
        return cast("ProgramsPage", self.pages.made("programs"))

    @property
    def privacy(self) -> PrivacyPage:
        """The page of what stays here."""
        return cast("PrivacyPage", self.pages.made("privacy"))

    @property
    def learned(self) -> LearnedPage:
        """The page of what was learned."""
        return cast("LearnedPage", self.pages.made("learned"))

    @property
    def desktop(self) -> DesktopPage:
        """The page of hotkey, notifications and look."""
        return cast("DesktopPage", self.pages.made("desktop"))

    @property
    def data(self) -> DataPage:
        """The page of what is kept."""
        return cast("DataPage", self.pages.made("data"))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Catch up with what was missed while it was hidden."""
        super().showEvent(event)
        self._tasks.run(self._catch_up())

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Leave no typed key behind."""
        super().hideEvent(event)
        self.tiers.forget_typed_keys()
        self.search.clear()
        self._forget_what_was_wrong()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Escape ends a search first."""
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            self.search.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def _found(self, count: int) -> None:
        """Say that nothing fits, in place of nine empty pages."""
        self._lay_out_unseen()
        words = self.search.text().strip()
        self.nothing.setText(tr("No setting fits “{words}”. Escape shows all of them again.", words=words))
        self.nothing.setVisible(count == 0)
        self.pages.setVisible(count != 0)

    def _find(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    async def _catch_up(self) -> None:
        """Read the file again: it may have been edited meanwhile. Look for servers that are new."""
        await own_turn()  # to come up is enough for one
        self._world_changed()
        self.tiers.found.look()
        self._tasks.run(self.pages.read())
        await asyncio.to_thread(self._services.settings.reload)

    def _settings_changed(self) -> None:
        if self.isVisible():
            self._show_settings()
        else:
            self._tasks.run(self._take_up_unseen())

    async def _take_up_unseen(self) -> None:
        """Show what changed in a turn of its own: nobody waits for it, and others have to be told too."""
        await own_turn()
        self._show_settings()
        await self._lay_out()

    def _world_changed(self) -> None:
        """Show what the market knows; hidden, the window learns it when it is opened."""
        if self.isVisible():
            for page in self.pages.there:
                page.show_state()

    def _lay_out_unseen(self) -> None:
        """Reckon where everything goes while the window is hidden: when it opens that takes half a frame."""
        if not self.isVisible():
            self._tasks.run(self._lay_out())

    async def _lay_out(self) -> None:
        front = self.pages.currentWidget().findChildren(Section)
        steps: list[Callable[[], object]] = [section.column.activate for section in front]
        steps += [page.minimumSizeHint for page in self.pages.there]
        for step in steps:
            await own_turn()
            if self.isVisible():
                return
            step()

    def _show_settings(self) -> None:
        settings = self._services.settings
        for page in self.pages.there:
            page.show_settings(settings.current)
        self.search.again()
        self._show_banner()

    def _show_banner(self) -> None:
        """Say what is wrong with the file, if anything is."""
        settings = self._services.settings
        if settings.problem:
            actions: list[tuple[str, Callable[[], None]]] = [
                (tr("Open the file"), self._open_file),
                (tr("Read it again"), self._reload),
            ]
            self.banner.say(settings.problem, actions, kind="bad")
        else:
            self.banner.hide()

    def _refused(self, sentence: str) -> None:
        """Say why a change was not written; of a bad file the banner says so already, with ways on."""
        if not self._services.settings.problem:
            self._say(sentence)

    def _forget_what_was_wrong(self) -> None:
        """Leave nothing behind that was typed and refused: whoever comes back finds what is in force."""
        verdicts = self.findChildren(Verdict)
        wrong = [verdict for verdict in verdicts if verdict.text() and verdict.property("kind") == "bad"]
        for field in self.findChildren(Field) + self.findChildren(AmountEdit):
            field.forget()
        for verdict in wrong:
            verdict.say("")
        if wrong:
            self._show_settings()

    def _reload(self) -> None:
        self._tasks.run(asyncio.to_thread(self._services.settings.reload))

    def _open_file(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._services.settings.path)))

    def _say(self, sentence: str) -> None:
        self.banner.say(sentence, kind="bad")
