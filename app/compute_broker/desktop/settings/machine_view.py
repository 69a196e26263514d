"""This machine as it is now: devices with load bars, memory, battery, what could run, what was not found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from compute_broker.core.texts import tr
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.settings.rows import Section, push_button, text_label
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import XS, M, S, Theme
from compute_broker.market.hardware import words

if TYPE_CHECKING:
    from compute_broker.compose import Services
    from compute_broker.market.survey import Hardware

EVERY_MS = 1000
_BAR_WIDTH = 150
_WHOLE = 100


class LoadRow(QWidget):
    """A name, a bar for a share of something, and a line that says the rest."""

    def __init__(self, name: str, what: str) -> None:
        """Start unknown; ``what`` the bar shows, such as ``load``."""
        super().__init__()
        self.name = text_label(name, tr("{name}, name", name=name))
        self.name.setWordWrap(False)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setRange(0, _WHOLE)
        self.bar.setFixedWidth(_BAR_WIDTH)
        self.bar.setAccessibleName(f"{name}, {what}")
        self.figure = QLabel(words.UNKNOWN)
        self.figure.setTextFormat(Qt.TextFormat.PlainText)
        self.figure.setAccessibleName(tr("{name}, {what} in per cent", name=name, what=what))
        self.figure.setMinimumWidth(48)
        line_up(self.figure, end=True)
        self.rest = text_label("", tr("{name}, details", name=name), kind="muted")
        head = QHBoxLayout()
        head.setSpacing(M)
        head.addWidget(self.name, 1)
        head.addWidget(self.bar)
        head.addWidget(self.figure)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(XS)
        column.addLayout(head)
        column.addWidget(self.rest)

    def show_share(self, share: float | None, rest: str) -> None:
        """Show a share in [0, 1]; an empty bar and an en dash where it is unknown."""
        self.bar.setValue(round((share or 0.0) * _WHOLE))
        self.figure.setText(words.share(share))
        self.rest.setText(rest)


class MachineView(Section):
    """Looks once a second while it can be seen, in a thread, and never else."""

    def __init__(self, services: Services, tasks: Tasks, theme: Theme) -> None:
        """Begin with the head; :attr:`parts` build the rest."""
        super().__init__(
            theme, tr("What is here"), tr("Read once a second while you look, and not at all otherwise.")
        )
        self._services, self._tasks = services, tasks
        self._looking = False
        self._names: Sequence[str] = ()
        self.devices: list[LoadRow] = []
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.look)

    def build(self) -> Iterator[None]:
        """Build what every machine has; devices come with the first look."""
        self.could_run = text_label(tr("Looking…"), tr("What this machine could run"))
        self.column.addWidget(self.could_run)
        self._list = QVBoxLayout()
        self._list.setSpacing(S)
        self.column.addLayout(self._list)
        yield
        self.processor = LoadRow(tr("Processor"), tr("load"))
        self.memory = LoadRow(tr("Memory"), tr("share in use"))
        self.power = text_label("", tr("Battery and mains"), kind="muted")
        self.electricity = text_label("", tr("How electricity is measured"), kind="muted")
        self.more = push_button(tr("What was not found, and why"))
        self.more.setCheckable(True)
        self.more.setProperty("kind", "quiet")
        self.absent = text_label("", tr("What was not found"), kind="muted")
        self.absent.hide()
        self.more.toggled.connect(self.absent.setVisible)
        for widget in (self.processor, self.memory, self.power, self.electricity):
            self.column.addWidget(widget)
        self.column.addLayout(_to_the_left(self.more))
        self.column.addWidget(self.absent)
        yield

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        """Look, and go on looking."""
        super().showEvent(event)
        self.look()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        """Nobody looks: neither do we."""
        super().hideEvent(event)
        self._timer.stop()

    @property
    def live(self) -> bool:
        """Whether it goes on looking."""
        return self._timer.isActive()

    def look(self) -> None:
        """Look once, unless a look is under way or the window lies in the task bar."""
        if not self._looking and not self.window().isMinimized():
            self._looking = True
            self._tasks.run(self._look())

    async def _look(self) -> None:
        try:
            found = await self._services.look_at_machine()
        finally:
            self._looking = False
        self.show_machine(found)

    def show_machine(self, found: Hardware) -> None:
        """Show a look."""
        self._build([device.name for device in found.devices])
        self.could_run.setText(found.could_run)
        for row, device in zip(self.devices, found.devices, strict=True):
            row.show_share(device.load, words.device(device, load=False))
        machine = found.processor
        used = 1 - machine.memory_available / machine.memory_total if machine.memory_total else None
        self.processor.show_share(machine.load, words.waiting(machine))
        self.memory.show_share(used, words.memory(machine))
        self.power.setText(tr("Power: {power}.", power=words.battery(found.battery)))
        self.electricity.setText(
            tr("Electricity of local answers: {electricity}.", electricity=found.electricity)
        )
        self.more.setVisible(bool(found.absent))
        self.absent.setText("\n".join(f"{what}: {why}" for what, why in found.absent))

    def _build(self, names: Sequence[str]) -> None:
        """Make a row for each device, when they are others than before."""
        if names == self._names:
            return
        self._names = names
        for row in self.devices:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.devices = [LoadRow(name, tr("load")) for name in names]
        for row in self.devices:
            self._list.addWidget(row)


def _to_the_left(button: QPushButton) -> QHBoxLayout:
    row = QHBoxLayout()
    row.addWidget(button)
    row.addStretch(1)
    return row
