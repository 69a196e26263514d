"""The page of other programs: whether they are answered here, and what a person copies into them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from compute_broker.config.gateway_settings import LEAST_PORT, MOST_PORT, GatewaySettings
from compute_broker.config.schema import Settings
from compute_broker.core.decision import MODES
from compute_broker.core.texts import tr
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.kinds import set_kind
from compute_broker.desktop.settings.entries import whole_number
from compute_broker.desktop.settings.lines import Field
from compute_broker.desktop.settings.pages import SettingsPage
from compute_broker.desktop.settings.rows import Section, push_button, text_label
from compute_broker.desktop.settings.setting_row import below_controls
from compute_broker.desktop.settings.steady_button import CopyButton
from compute_broker.desktop.settings.token_row import TokenRow
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import S, Theme
from compute_broker.gateway.gateway import Gateway
from compute_broker.gateway.models import AUTO, names

if TYPE_CHECKING:
    from compute_broker.compose import Services

_PORT_WIDTH = 90
_ADDRESS_WIDTH = 210
_VERSION = "/v1"
"""What ends a base URL in OpenAI's protocol; programs that speak Anthropic's add it themselves."""


class ProgramsPage(SettingsPage):
    """Shows the gateway as it stands. Without one of the shell's it has one of its own that never listens."""

    budget_wanted = Signal()

    def __init__(
        self, services: Services, tasks: Tasks, writer: Writer, theme: Theme, gateway: Gateway | None = None
    ) -> None:
        """Start empty."""
        super().__init__(tr("Programs"), writer, theme)
        self._services, self._tasks = services, tasks
        self._gateway = gateway or Gateway(services.broker, services.settings, services.keys)

    def build(self) -> Iterator[None]:
        """Build the sections."""
        for fill in (self._build_switch, self._build_values, self._build_terms):
            yield from fill()
        self.column.addStretch(1)
        self.show_state()
        yield

    def show_settings(self, settings: Settings) -> None:
        """Show what is in force."""
        self.enabled.setChecked(settings.gateway.enabled)
        self.port.show_text(str(settings.gateway.port))
        self.any_model.setChecked(settings.gateway.any_model)
        self.show_state()

    def show_state(self) -> None:
        """Show whether it listens, and what is to be copied."""
        self._show_standing()
        standing, settings = self._gateway.standing, self._services.settings.current.gateway
        address = standing.address or ("" if standing.problem else settings.address)
        for field, text in ((self.openai, address), (self.anthropic, address.removesuffix(_VERSION))):
            if field.text() != text:
                field.setText(text)
        for button in self._copies:
            button.setEnabled(bool(address))
        self.token.show_token(self._gateway.token, kept=standing.kept)
        offered = names(self._services.broker.snapshot)
        tiers = [name for name in offered if name not in {AUTO, *MODES}]
        self.models.setText(
            tr(
                "Or {modes}, to have it pick in that mode; or one tier: {tiers}.",
                modes=", ".join(MODES),
                tiers=", ".join(tiers) or "–",
            )
        )

    def _build_switch(self) -> Iterator[None]:
        section = self.add_section(
            tr("Other programs"),
            tr(
                "Other programs on this machine can ask here, as they would ask OpenAI or Anthropic; the "
                "broker picks the tier."
            ),
        )
        self.enabled = QCheckBox(tr("Answer other programs"))
        self.enabled.setAccessibleName(self.enabled.text())
        self.enabled.clicked.connect(lambda on: self.put("gateway.enabled", on))
        section.add_check(self.enabled, "gateway.enabled")
        self.standing = text_label("", tr("Whether it listens"), kind="muted")
        section.column.addWidget(self.standing)
        self.port = Field(tr("Port"), self._port_told, empty=str(GatewaySettings().port))
        self.port.setFixedWidth(_PORT_WIDTH)
        section.add_row(tr("Port"), self.port, setting="gateway.port")
        section.column.addWidget(self.port.problem)
        yield

    def _build_values(self) -> Iterator[None]:
        section = self.add_section(
            tr("What to enter in a program"),
            tr("In its own settings, where it lets you name a server of your choice."),
        )
        self._copies: list[CopyButton] = []
        self.openai = self._value(section, tr("Base URL"), tr("where it speaks to OpenAI"))
        self.anthropic = self._value(
            section, tr("Base URL for Anthropic"), tr("where it speaks to Anthropic")
        )
        yield
        self.token = TokenRow(self._theme)
        self.token.renewal_wanted.connect(lambda: self._tasks.run(self._renew()))
        section.column.addWidget(self.token)
        yield
        self.auto = self._value(section, tr("Model"), tr("the broker picks the tier"))
        self.auto.setText(AUTO)
        self._copies.pop()  # it holds whatever the address
        self.models = text_label("", tr("Other model names"), kind="muted")
        section.column.addLayout(below_controls(self.models))
        self.any_model = QCheckBox(tr("Answer a model name that is unknown here as auto"))
        self.any_model.setAccessibleName(self.any_model.text())
        self.any_model.clicked.connect(lambda on: self.put("gateway.any_model", on))
        section.add_check(self.any_model, "gateway.any_model")
        yield

    def _value(self, section: Section, title: str, hint: str) -> QLineEdit:
        """Add a row with what is to be copied."""
        field = QLineEdit()
        field.setReadOnly(True)
        field.setAccessibleName(title)
        field.setFixedWidth(_ADDRESS_WIDTH)
        copy = CopyButton(title, field.text)
        self._copies.append(copy)
        section.add_row(title, field, copy, hint=hint)
        return field

    def _build_terms(self) -> Iterator[None]:
        section = self.add_section(tr("What holds for them"))
        for name, text in (
            (
                tr("Not passed on"),
                tr(
                    "Tools and answers in nothing but JSON are not passed on: a program that asks for them "
                    "is told so, and gets no answer."
                ),
            ),
            (
                tr("Where it is noted"),
                tr(
                    "What they ask stands in history and usage as “Other programs”; private words keep it on "
                    "this machine, as with your own prompts."
                ),
            ),
        ):
            section.column.addWidget(text_label(text, name))
        section.column.addWidget(self._budgets())
        yield

    def _budgets(self) -> QWidget:
        row = QWidget()
        row.setAccessibleName(tr("Budgets for other programs"))
        text = tr("Your budgets hold for them too. They can have one of their own besides.")
        self.budget = push_button(tr("A budget for other programs…"))
        self.budget.clicked.connect(self.budget_wanted)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(S)
        line.addWidget(text_label(text, row.accessibleName()), 1)
        line.addWidget(self.budget)
        return row

    def _show_standing(self) -> None:
        standing, enabled = self._gateway.standing, self._services.settings.current.gateway.enabled
        if standing.problem:
            text, kind = standing.problem, "bad"
        elif standing.address:
            text = tr("It listens at {address}, on this machine only.", address=standing.address)
            kind = "good"
        else:
            text, kind = tr("Starting…") if enabled else tr("Off: nothing listens."), "muted"
        if text != self.standing.text():
            told_before = bool(self.standing.text())
            self.standing.setText(text)
            set_kind(self.standing, kind)
            if told_before and self.isVisible():
                announce(self.standing, text)

    def _port_told(self, text: str) -> None:
        try:
            port = whole_number(text, LEAST_PORT, MOST_PORT)
        except ValueError as error:
            self.port.wrong(str(error))
            return
        self.put("gateway.port", port, self.port.wrong)

    async def _renew(self) -> None:
        await self._gateway.renew_token()
        self.show_state()
        self.token.verdict.say(tr("There is a new token: give it to your programs."), good=True)
