"""Adds an OpenAI-compatible server: a name, an address, a real test, and it is a tier."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from compute_broker.config.edits import add_tier
from compute_broker.config.tier_settings import DEFAULT_URLS
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.desktop.settings.rows import Choice, Section, Verdict, tried
from compute_broker.desktop.settings.tier_row import SERVERS
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import S, Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services

_PLACES = {
    Place.PERSONAL: "This machine",
    Place.OFFICE: "The office network",
    Place.EDGE: "An edge server",
    Place.DISTRIBUTED: "Distributed hosts",
    Place.CLOUD: "The cloud",
}


class AddServer(Section):
    """The form. A new tier appears in the list above as soon as it is written."""

    def __init__(self, services: Services, tasks: Tasks, writer: Writer, theme: Theme) -> None:
        """Build the form empty."""
        super().__init__(
            theme, "Add a server", "LM Studio, Ollama, llama-server, vLLM, or whatever speaks OpenAI's API."
        )
        self._services, self._tasks, self._writer = services, tasks, writer
        self.label = _line("Name of the server", "Office GPU")
        self.kind = Choice(theme, "Kind of server")
        for provider, title in SERVERS.items():
            self.kind.addItem(title, provider)
        self.address = _line("Address of the server", "")
        self.model = _line("Model", "whatever is loaded")
        self.place = Choice(theme, "Where the server stands")
        for place, title in _PLACES.items():
            self.place.addItem(title, place)
        self.needs_key = QCheckBox("It wants a key: a field for it appears under Keys")
        self.needs_key.setAccessibleName("The server wants a key")
        self.verdict = Verdict("Add a server, result")
        self.test, self.add = QPushButton("Test"), QPushButton("Add")
        self.test.setAccessibleName("Test the server")
        self.add.setAccessibleName("Add the server")
        self.add.setProperty("kind", "primary")
        self._arrange()
        self.kind.currentIndexChanged.connect(lambda _index: self._suggest())
        self.test.clicked.connect(lambda: self._tasks.run(self._try()))
        self.add.clicked.connect(self._add)
        self._suggest()

    @property
    def provider(self) -> ProviderKind:
        """The kind chosen."""
        return ProviderKind(self.kind.currentData())

    def _suggest(self) -> None:
        self.address.setPlaceholderText(DEFAULT_URLS[self.provider])

    def _url(self) -> str:
        return self.address.text().strip() or DEFAULT_URLS[self.provider]

    async def _try(self) -> None:
        await tried(self.test, self.verdict, self._services.test_key(self.provider, "", self._url()))

    def _add(self) -> None:
        label = self.label.text().strip()
        if not label:
            self.verdict.say("Give the server a name, such as Office GPU.")
            return
        tier_id = free_id(label, {tier.id for tier in self._services.settings.current.tiers})
        change = add_tier(
            {
                "id": tier_id,
                "label": label,
                "provider": self.provider.value,
                "model": self.model.text().strip() or "*",
                "place": Place(self.place.currentData()).value,
                "base_url": self._url(),
                "key": tier_id if self.needs_key.isChecked() else None,
            }
        )
        self._writer.apply(change, self._added, look=True)

    def _added(self, problem: str) -> None:
        if problem:
            self.verdict.say(problem)
            return
        self.verdict.say("Added.", good=True)
        for line in (self.label, self.address, self.model):
            line.clear()
        self.needs_key.setChecked(False)

    def _arrange(self) -> None:
        self.add_row("Name", self.label)
        self.add_row("Kind", self.kind)
        self.add_row("Address", self.address)
        self.add_row("Model", self.model)
        self.add_row("Stands", self.place, hint="Only this machine gets private prompts.")
        self.column.addWidget(self.needs_key)
        buttons = QWidget()
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        row.addStretch(1)
        row.addWidget(self.test)
        row.addWidget(self.add)
        self.column.addWidget(self.verdict)
        self.column.addWidget(buttons)


def free_id(label: str, taken: set[str]) -> str:
    """Return a tier id made of ``label``: lower case, digits and hyphens, not among those taken."""
    base = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")[:32] or "server"
    number, wanted = 2, base
    while wanted in taken:
        wanted, number = f"{base}-{number}", number + 1
    return wanted


def _line(name: str, placeholder: str) -> QLineEdit:
    line = QLineEdit()
    line.setAccessibleName(name)
    line.setPlaceholderText(placeholder)
    line.setMinimumWidth(260)
    return line
