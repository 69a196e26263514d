"""The page of tiers: keys, tiers, and a way to add one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from compute_broker.config.edits import move_tier, remove_tier
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.texts import tr
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.settings.add_server import AddServer
from compute_broker.desktop.settings.found_servers import ServersFound
from compute_broker.desktop.settings.key_row import KeyRow, keys_of
from compute_broker.desktop.settings.row_drag import RowDrag
from compute_broker.desktop.settings.rows import Page, Section, Verdict
from compute_broker.desktop.settings.tier_row import TierRow
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services
    from compute_broker.config.schema import Settings


def _keys(tiers: list[TierSettings]) -> list[tuple[str, str]]:
    """Return which keys the tiers name, and what each is called by its tiers."""
    return [(tier.key_name, tier.label or tier.id) for tier in tiers if tier.key_name]


def _end(rows: Iterable[QWidget]) -> None:
    for row in rows:
        row.hide()
        row.deleteLater()


class TiersPage(Page):
    """Follows the settings: rows come and go with the tiers in the file."""

    def __init__(self, services: Services, tasks: Tasks, writer: Writer, theme: Theme) -> None:
        """Build a row for each tier and each key."""
        super().__init__(tr("Tiers"))
        self._services, self._tasks, self._writer, self._theme = services, tasks, writer, theme
        self.keys: dict[str, KeyRow] = {}
        self.tiers: dict[str, TierRow] = {}
        self._known: list[TierSettings] = []
        self._box: QMessageBox | None = None

    def build(self) -> Iterator[None]:
        """Build keys and tiers row by row, and the ways to add one."""
        self.drag = RowDrag(self, self._theme, self._dropped)
        self.verdict = Verdict(tr("Tiers, result"))
        keys = tr("Kept in the system keyring, never in a file.")
        self._key_section = Section(self._theme, tr("Keys"), keys)
        self.column.addWidget(self._key_section)
        self._tier_section = Section(
            self._theme,
            tr("Tiers"),
            tr(
                "A tier that is on takes prompts as soon as its key or server is there. Their "
                "order is that of the menu and the panel: drag one by its dots, or move it by "
                "Alt with an arrow."
            ),
        )
        self.column.addWidget(self._tier_section)
        self._tier_section.column.addWidget(self.verdict)
        yield
        yield from self._follow(self._services.settings.current.tiers)
        self.found = ServersFound(self._services, self._tasks, self._writer, self._theme)
        self.column.addWidget(self.found)
        yield
        self.add = AddServer(self._services, self._tasks, self._writer, self._theme)
        self.column.addWidget(self.add)
        yield from self.add.parts
        self.column.addStretch(1)
        yield

    def show_settings(self, settings: Settings) -> None:
        """Build the rows anew when the tiers of the file changed otherwise than by their switches."""
        for _ in self._follow(settings.tiers):
            pass
        self.show_state()

    def _follow(self, tiers: list[TierSettings]) -> Iterator[None]:
        known = [msgspec.structs.replace(tier, enabled=True) for tier in tiers]
        if known != self._known:
            before, self._known = self._known, known
            yield from self._build_keys(before)
            yield from self._build_tiers(tiers, before)

    def show_state(self) -> None:
        """Show what the market knows of each tier."""
        quotes = self._services.broker.snapshot.quotes
        for tier_id, row in self.tiers.items():
            row.show_quote(quotes.get(tier_id))

    def forget_typed_keys(self) -> None:
        """Empty the key fields."""
        for row in self.keys.values():
            row.clear_field()

    def _build_keys(self, before: list[TierSettings]) -> Iterator[None]:
        """Build the key fields anew when other tiers name other keys: what is typed stays otherwise."""
        if _keys(before) == _keys(self._known):
            return
        _end(self.keys.values())
        self.keys = {}
        for name, tiers in keys_of(self._services).items():
            self.keys[name] = KeyRow(self._services, self._tasks, name, tiers)
            self._key_section.column.addWidget(self.keys[name])
            yield
        self._key_section.setVisible(bool(self.keys))

    def _build_tiers(self, tiers: list[TierSettings], before: list[TierSettings]) -> Iterator[None]:
        """Bring the rows in order; one that is there already keeps its fields, its fold and the focus."""
        self.drag.cancel()
        same = {tier.id for tier in before} & {tier.id for tier in tiers}
        kinds = {tier.id: tier.provider for tier in before}
        kept = {tier.id for tier in tiers if tier.id in same and kinds[tier.id] is tier.provider}
        rows, self.tiers = self.tiers, {}
        _end(row for tier_id, row in rows.items() if tier_id not in kept)
        for place, tier in enumerate(tiers):
            row = self.tiers[tier.id] = rows[tier.id] if tier.id in kept else self._new_row(tier)
            self._tier_section.column.removeWidget(row)
            self._tier_section.column.addWidget(row)
            row.show_tier(tier)
            row.show_place(first=place == 0, last=place + 1 == len(tiers))
            yield

    def _new_row(self, tier: TierSettings) -> TierRow:
        row = TierRow(self._services, self._tasks, self._writer, tier, self._theme)
        row.remove.connect(self._ask_removal)
        row.move_wanted.connect(self.move_tier)
        row.grip.lifted.connect(lambda: self.drag.lift(row, list(self.tiers.values()), row.grip.let_go))
        row.grip.dragged.connect(self.drag.drag)
        row.grip.dropped.connect(self.drag.drop)
        return row

    def _dropped(self, row: QWidget, before: QWidget | None) -> None:
        """Move the tier of ``row`` to before that of another, or to the end."""
        rows = list(self.tiers.values())
        at = next(place for place, each in enumerate(rows) if each is row)
        others = [each for each in rows if each is not row]
        target = next((place for place, each in enumerate(others) if each is before), len(others))
        self.move_tier(rows[at].tier.id, target - at)

    def move_tier(self, tier_id: str, places: int) -> None:
        """Move a tier down by so many places, or up: the order of menu, panel and choices."""

        def answer(problem: str) -> None:
            self.verdict.say(problem)
            if not problem:
                self._tell_place(tier_id)

        self._writer.apply(move_tier(tier_id, places), answer)

    def _tell_place(self, tier_id: str) -> None:
        """Have it read out where the tier stands now: its buttons have moved with it."""
        order = [tier.id for tier in self._services.settings.current.tiers]
        if tier_id in order:
            announce(
                self,
                tr(
                    "{label}: place {place} of {count}",
                    label=self.tiers[tier_id].switch.text(),
                    place=order.index(tier_id) + 1,
                    count=len(order),
                ),
            )

    def _ask_removal(self, tier_id: str) -> None:
        label = self.tiers[tier_id].switch.text()
        box = QMessageBox(self.window())
        box.setWindowTitle(tr("Remove a tier"))
        box.setText(tr("Remove {label} from the settings? What it did stays in the ledger.", label=label))
        yes = box.addButton(tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.addButton(tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def chosen() -> None:
            self._box = None
            if box.clickedButton() is yes:
                self.remove(tier_id)

        box.finished.connect(chosen)
        self._box = box
        box.open()

    def remove(self, tier_id: str) -> None:
        """Take a tier out of the settings."""
        self._writer.apply(remove_tier(tier_id), self.verdict.say, look=True)
