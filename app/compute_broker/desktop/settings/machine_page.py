"""The page of this machine: what it has and how busy it is, what its answers cost, and when it may answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from compute_broker.config.schema import Settings
from compute_broker.core.texts import tr
from compute_broker.desktop.settings.electricity_section import ElectricitySection
from compute_broker.desktop.settings.hardware_section import HardwareSection
from compute_broker.desktop.settings.machine_view import MachineView
from compute_broker.desktop.settings.pages import SettingsPage
from compute_broker.desktop.settings.rules_section import RulesSection
from compute_broker.desktop.settings.writer import Writer
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services


class MachinePage(SettingsPage):
    """Live while it is visible; what it says of prices and rules is the snapshot's."""

    def __init__(self, services: Services, tasks: Tasks, writer: Writer, theme: Theme) -> None:
        """Start empty."""
        super().__init__(tr("This machine"), writer, theme)
        self._services, self._tasks = services, tasks

    def build(self) -> Iterator[None]:
        """Build the sections."""
        self.view = MachineView(self._services, self._tasks, self._theme)
        self.column.addWidget(self.view)
        yield
        yield from self.view.parts
        self.electricity = ElectricitySection(self._theme, self.put, self._writer.apply)
        self.column.addWidget(self.electricity)
        yield
        yield from self.electricity.parts
        self.hardware = HardwareSection(self._theme, self.put)
        self.column.addWidget(self.hardware)
        yield
        self.rules = RulesSection(self._theme, self.put)
        self.column.addWidget(self.rules)
        self.column.addStretch(1)
        yield
        self.show_state()
        yield

    def show_settings(self, settings: Settings) -> None:
        """Show the settings in force."""
        self.electricity.show_settings(settings.electricity)
        self.hardware.show_settings(settings.hardware, settings.tiers)
        self.rules.show_settings(settings.local)

    def show_state(self) -> None:
        """Show what the snapshot says of prices and rules."""
        snapshot = self._services.broker.snapshot
        self.electricity.show_prices(snapshot)
        self.rules.show_snapshot(snapshot)
