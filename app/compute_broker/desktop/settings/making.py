"""What the settings window is made of: its pages, and how each is made and filled when it is wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, cast

from compute_broker.broker.events import Source
from compute_broker.core.texts import tr
from compute_broker.desktop.building import in_turns
from compute_broker.desktop.loop import own_turn
from compute_broker.desktop.settings.late_pages import LatePages
from compute_broker.desktop.settings.tiers_page import TiersPage
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services
    from compute_broker.desktop.settings.pages import BudgetPage
    from compute_broker.desktop.settings.rows import Page
    from compute_broker.desktop.settings.search import SearchField
    from compute_broker.gateway.gateway import Gateway


class Making:
    """Makes pages with what they all share; what any but the first needs is imported with it."""

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        writer: Writer,
        theme: Theme,
        refused: Callable[[str], None],
        gateway: Gateway | None = None,
    ) -> None:
        """Make pages that write with ``writer``; ``refused`` hears why a change was not written."""
        self._refused, self._gateway = refused, gateway
        self._services, self._tasks, self._writer, self._theme = services, tasks, writer, theme

    def add_to(self, pages: LatePages, search: SearchField) -> None:
        """Add all pages, which ``search`` looks through."""
        self._pages, self._search = pages, search
        for name, title, module, make in (
            ("tiers", tr("Tiers"), "tiers_page", self._tiers),
            ("budget", tr("Budget"), "pages", self._budget),
            ("choosing", tr("Choosing"), "pages", self._choosing),
            ("machine", tr("This machine"), "machine_page", self._machine),
            ("programs", tr("Programs"), "programs_page", self._programs),
            ("privacy", tr("Privacy"), "privacy_page", self._privacy),
            ("learned", tr("Learned"), "learned_page", self._learned),
            ("desktop", tr("Desktop"), "desktop_page", self._desktop),
            ("data", tr("Data"), "pages", self._data),
        ):
            pages.add(name, title, f"{__package__}.{module}", self._filled(make))

    def _filled(self, make: Callable[[], Page]) -> Callable[[], Page]:
        def made() -> Page:
            page = make()
            page.refused.connect(self._refused)
            page.parts = self._filling(page, page.parts)
            return page

        return made

    def _filling(self, page: Page, parts: Iterator[None]) -> Iterator[None]:
        yield from parts
        page.show_settings(self._services.settings.current)

    def _tiers(self) -> Page:
        return TiersPage(self._services, self._tasks, self._writer, self._theme)

    def _budget(self) -> Page:
        from compute_broker.desktop.settings.pages import BudgetPage  # noqa: PLC0415 - when wanted

        return BudgetPage(self._writer, self._theme)

    def _choosing(self) -> Page:
        from compute_broker.desktop.settings.pages import ChoosingPage  # noqa: PLC0415 - when wanted

        return ChoosingPage(self._writer, self._theme)

    def _machine(self) -> Page:
        from compute_broker.desktop.settings.machine_page import MachinePage  # noqa: PLC0415 - when wanted

        return MachinePage(self._services, self._tasks, self._writer, self._theme)

    def _programs(self) -> Page:
        from compute_broker.desktop.settings.programs_page import ProgramsPage  # noqa: PLC0415 - when wanted

        page = ProgramsPage(self._services, self._tasks, self._writer, self._theme, self._gateway)
        page.budget_wanted.connect(lambda: self._tasks.run(self._go_to_their_budget()))
        return page

    async def _go_to_their_budget(self) -> None:
        """Lead to where a budget for other programs is added, with only the amount left to write."""
        self._search.clear()
        while self._search.looking:
            await own_turn()  # what it has hidden comes back first
        await in_turns(self._pages.making("budget"))
        page = cast("BudgetPage", self._pages.made("budget"))
        self._pages.setCurrentWidget(page)
        await own_turn()  # and finds its place
        page.ensureWidgetVisible(page.only.offer(Source.GATEWAY))

    def _privacy(self) -> Page:
        from compute_broker.desktop.settings.privacy_page import PrivacyPage  # noqa: PLC0415 - when wanted

        return PrivacyPage(self._writer, self._theme)

    def _learned(self) -> Page:
        from compute_broker.desktop.settings.learned_page import LearnedPage  # noqa: PLC0415 - when wanted

        return LearnedPage(self._services, self._tasks, self._theme)

    def _desktop(self) -> Page:
        from compute_broker.desktop.settings.desktop_page import DesktopPage  # noqa: PLC0415 - when wanted

        return DesktopPage(self._writer, self._theme)

    def _data(self) -> Page:
        from compute_broker.desktop.settings.pages import DataPage  # noqa: PLC0415 - when wanted

        return DataPage(self._services, self._tasks, self._writer, self._theme)
