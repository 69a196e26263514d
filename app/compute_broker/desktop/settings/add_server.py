"""Adds a server: an address, a real test that finds out its kind and its models, a name, and it is a tier."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from compute_broker.config.edits import add_tier
from compute_broker.config.tier_settings import DEFAULT_URLS
from compute_broker.core.errors import NoKeyringError
from compute_broker.core.texts import tr
from compute_broker.core.tier import ANY_MODEL, Place, ProviderKind, is_loopback_url
from compute_broker.desktop.settings.rows import Choice, Section, Verdict, described
from compute_broker.desktop.settings.tier_row import SERVERS
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import S, Theme
from compute_broker.market.discovery import Found
from compute_broker.net.address import is_own_server

if TYPE_CHECKING:
    from compute_broker.compose import Services

_PLACES = {
    Place.PERSONAL: tr("This machine"),
    Place.OFFICE: tr("The office network"),
    Place.EDGE: tr("An edge server"),
    Place.DISTRIBUTED: tr("Distributed hosts"),
    Place.CLOUD: tr("The cloud"),
}

_ANY = tr("whatever is loaded")


class AddServer(Section):
    """The form. A new tier appears in the list above as soon as it is written."""

    def __init__(self, services: Services, tasks: Tasks, writer: Writer, theme: Theme) -> None:
        """Begin with the head; :attr:`parts` build the form."""
        super().__init__(
            theme,
            tr("Add a server"),
            tr("LM Studio, Ollama, llama-server, vLLM, or whatever speaks OpenAI's API."),
        )
        self._theme = theme
        self._services, self._tasks, self._writer = services, tasks, writer
        self._wants_key = False
        self._unkept = ""

    def build(self) -> Iterator[None]:
        """Build the form row by row."""
        self.address = _line(tr("Address of the server"), "")
        self.add_row(tr("Address"), self.address, hint=tr("Test finds out what answers there."))
        self.key = _line(tr("Key of the server"), tr("none"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.key.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhHiddenText)
        self.add_row(tr("Key"), self.key, hint=tr("Kept in the system keyring."))
        yield
        self.kind = Choice(self._theme, tr("Kind of server"))
        for provider, title in SERVERS.items():
            self.kind.addItem(title, provider)
        self.add_row(tr("Kind"), self.kind)
        self.model = Choice(self._theme, tr("Model"))
        self.model.setEditable(True)
        self.model.setInsertPolicy(Choice.InsertPolicy.NoInsert)
        self.model.setMinimumWidth(260)
        self._offer_models(())
        self.add_row(tr("Model"), self.model)
        yield
        self.label = _line(tr("Name of the server"), tr("Office GPU"))
        self.add_row(tr("Name"), self.label)
        self.place = Choice(self._theme, tr("Where the server stands"))
        for place, title in _PLACES.items():
            self.place.addItem(title, place)
        self.add_row(tr("Place"), self.place, hint=tr("Only this machine gets private prompts."))
        yield
        self._build_foot()
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
        """Find out what answers, and fill in its kind, its address and its models."""
        self.test.setEnabled(False)
        try:
            report = await self._services.test_server(self._url(), self.key.text())
        finally:
            self.test.setEnabled(True)
        self.verdict.say(report.sentence, good=report.good)
        if report.found is not None:
            self._wants_key = report.found.wants_key
            self._take(report.found)

    def _take(self, found: Found) -> None:
        self.kind.setCurrentIndex(self.kind.findData(found.kind))
        self.address.setText(found.base_url)
        place = Place.PERSONAL if is_loopback_url(found.base_url) else Place(self.place.currentData())
        if place is Place.PERSONAL and not is_loopback_url(found.base_url):
            place = Place.OFFICE if is_own_server(found.base_url) else Place.CLOUD
        self.place.setCurrentIndex(self.place.findData(place))
        self._offer_models(found.models)

    def _offer_models(self, models: Sequence[str]) -> None:
        """Offer what the server lists, after whatever is loaded; anything else may be typed."""
        typed = self.model.currentText()
        self.model.clear()
        self.model.addItems([_ANY, *models])
        self.model.setCurrentText(typed if typed in models else _ANY)

    def _add(self) -> None:
        label = self.label.text().strip()
        if not label:
            self.verdict.say(tr("Give the server a name, such as Office GPU."))
            return
        tier_id = free_id(label, {tier.id for tier in self._services.settings.current.tiers})
        self._tasks.run(self._put(tier_id, label, self.key.text().strip()))

    async def _put(self, tier_id: str, label: str, key: str) -> None:
        """Keep the key, then write the tier. Where there is no keyring, the key's row asks what to do."""
        self._unkept = ""
        if key:
            try:
                await asyncio.to_thread(self._services.keys.set, tier_id, key)
            except NoKeyringError as error:
                self._unkept = tr("Added without its key: {error}", error=error)
        model = self.model.currentText().strip()
        change = add_tier(
            {
                "id": tier_id,
                "label": label,
                "provider": self.provider.value,
                "model": ANY_MODEL if model in {"", _ANY} else model,
                "place": Place(self.place.currentData()).value,
                "base_url": self._url(),
                "key": tier_id if key or self._wants_key else None,
            }
        )
        self._writer.apply(change, self._added, look=True)

    def _added(self, problem: str) -> None:
        if problem:
            self.verdict.say(problem)
            return
        self.verdict.say(self._unkept or tr("Added."), good=not self._unkept)
        self._wants_key = False
        for line in (self.label, self.address, self.key):
            line.clear()
        self._offer_models(())

    def _build_foot(self) -> None:
        for control, setting in (
            (self.address, "tiers.base_url"),
            (self.key, "tiers.key"),
            (self.kind, "tiers.provider"),
            (self.model, "tiers.model"),
            (self.label, "tiers.label"),
            (self.place, "tiers.place"),
        ):
            described(control, setting)
        self.verdict = Verdict(tr("Add a server, result"))
        self.column.addWidget(self.verdict)
        self.test, self.add = QPushButton(tr("Test")), QPushButton(tr("Add"))
        self.test.setAccessibleName(tr("Test the server"))
        self.add.setAccessibleName(tr("Add the server"))
        self.add.setProperty("kind", "primary")
        buttons = QWidget()
        self.column.addWidget(buttons)
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(S)
        row.addStretch(1)
        row.addWidget(self.test)
        row.addWidget(self.add)


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
