"""Model servers found on this machine, a click away from being tiers; and the machine in a sentence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from compute_broker.config.edits import add_tier
from compute_broker.core.texts import begun, tr
from compute_broker.core.tier import Place
from compute_broker.desktop.newcomers import dismiss, dismissed, ports_here, user_of
from compute_broker.desktop.settings.add_server import free_id
from compute_broker.desktop.settings.rows import Section, Verdict, push_button, text_label
from compute_broker.desktop.settings.tier_row import SERVERS
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import S, Theme
from compute_broker.market.discovery import USUAL_PORTS, Found, discover

if TYPE_CHECKING:
    from compute_broker.compose import Services

_OFFER = "offer"
_NOTHING = tr(
    "No model server runs on this machine now. Start LM Studio, Ollama, "
    "llama-server or vLLM and look again; a server elsewhere is added in Settings "
    "by its address."
)
_GIB = 1024**3


@dataclass(frozen=True)
class Offer:
    """A server as its row shows it."""

    server: Found
    user: str
    """The tier that uses it; empty when none does."""
    told: bool
    """The menu tells of it while no tier uses it."""


class ServersFound(Section):
    """Looks when :meth:`look` is called: at the usual ports and at those of the tiers here.

    ``finder`` looks in its place, where one is given.
    """

    def __init__(
        self,
        services: Services,
        tasks: Tasks,
        writer: Writer,
        theme: Theme,
        finder: Callable[[], Awaitable[list[Found]]] | None = None,
    ) -> None:
        """Build it empty."""
        super().__init__(theme, tr("Found on this machine"))
        self._services, self._tasks, self._writer = services, tasks, writer
        self._finder = finder or self._discover
        self._rows: list[QWidget] = []
        self._shown: list[Offer] | None = None
        self._dismissed: set[str] = set()
        self.machine = text_label("", tr("This machine"), kind="muted")
        self.nothing = text_label(tr("Not looked yet."), tr("Servers found"))
        self._list = QVBoxLayout()
        self._list.setSpacing(S)
        self.verdict = Verdict(tr("Servers found, result"))
        self.again = QPushButton(tr("Look again"))
        self.again.setAccessibleName(tr("Look for model servers again"))
        self.again.setAutoDefault(False)
        self.again.clicked.connect(self.look)
        self.column.addWidget(self.machine)
        self.column.addWidget(self.nothing)
        self.column.addLayout(self._list)
        self.column.addWidget(self.verdict)
        row = QHBoxLayout()
        row.addWidget(self.again)
        row.addStretch(1)
        self.column.addLayout(row)

    @property
    def offers(self) -> list[QPushButton]:
        """The buttons that make a server a tier."""
        every = [button for row in self._rows for button in row.findChildren(QPushButton)]
        return [button for button in every if button.objectName() == _OFFER]

    def look(self) -> None:
        """Look for servers; what was found before stays until the answer is there."""
        self.again.setEnabled(False)
        if self._shown is None:
            self.nothing.setText(tr("Looking…"))
        self._tasks.run(self._look())

    async def _discover(self) -> list[Found]:
        tiers = self._services.settings.current.tiers
        return await discover(list(dict.fromkeys([*USUAL_PORTS, *ports_here(tiers)])))

    async def _look(self) -> None:
        try:
            found = await self._finder()
            self._dismissed = await asyncio.to_thread(dismissed, self._services.home)
            self.machine.setText(await asyncio.to_thread(machine_sentence))
        finally:
            self.again.setEnabled(True)
        self._show(found)

    def _show(self, found: list[Found]) -> None:
        """Show what was found: nothing moves when that is as before, which it mostly is."""
        tiers = self._services.settings.current.tiers
        offers = [
            Offer(server, user_of(server, tiers), told=server.base_url not in self._dismissed)
            for server in found
        ]
        if offers == self._shown:
            return
        self._shown = offers
        for row in self._rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = [self._row(offer) for offer in offers]
        self.nothing.setText("" if found else _NOTHING)
        self.nothing.setVisible(not found)

    def _row(self, offer: Offer) -> QWidget:
        server = offer.server
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        told = tr(
            "{note}, at {base_url}",
            note=begun(server.note),
            base_url=server.base_url,
        )
        line.addWidget(text_label(told, tr("Server at {base_url}", base_url=server.base_url)), 1)
        if offer.user:
            line.addWidget(text_label(tr("in use as {user}", user=offer.user), tr("In use"), kind="muted"))
        else:
            button = QPushButton(tr("Use it"))
            button.setObjectName(_OFFER)
            button.setAccessibleName(tr("Use the server at {base_url}", base_url=server.base_url))
            button.setAutoDefault(False)
            button.clicked.connect(lambda: self._use(server))
            line.addWidget(button)
            if offer.told:
                hide = push_button(
                    tr("Not this one"),
                    tr("Do not tell of the server at {base_url} again", base_url=server.base_url),
                )
                hide.clicked.connect(lambda: self._tasks.run(self._dismiss(server)))
                line.addWidget(hide)
        self._list.addWidget(row)
        return row

    async def _dismiss(self, server: Found) -> None:
        await asyncio.to_thread(dismiss, self._services.home, server)
        self.verdict.say(tr("The menu will not tell of it again; it stays in this list."), good=True)
        await self._look()

    def _use(self, server: Found) -> None:
        label = SERVERS.get(server.kind, server.kind.value)
        taken = {tier.id for tier in self._services.settings.current.tiers}
        change = add_tier(
            {
                "id": free_id(label, taken),
                "label": label,
                "provider": server.kind.value,
                "model": "*",
                "place": Place.PERSONAL.value,
                "base_url": server.base_url,
            }
        )
        self._writer.apply(change, self._used, look=True)

    def _used(self, problem: str) -> None:
        self.verdict.say(problem or tr("Added: it takes prompts from now on."), good=not problem)
        self.look()


def machine_sentence() -> str:
    """Return processor cores, memory and power of this machine, as far as the system tells."""
    memory = psutil.virtual_memory()
    parts = [tr("{cpu_count} processor threads", cpu_count=psutil.cpu_count() or 1)]
    parts.append(
        tr(
            "{total} GB of memory, {available} GB of it free",
            total=f"{memory.total / _GIB:.0f}",
            available=f"{memory.available / _GIB:.0f}",
        )
    )
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    if battery is not None:
        parts.append(
            tr("on mains")
            if battery.power_plugged
            else tr("on battery at {percent} %", percent=f"{battery.percent:.0f}")
        )
    return ", ".join(parts) + "."
