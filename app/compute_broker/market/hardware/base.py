"""The nouns of hardware: a device, what a handler found, and why it found nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """What a device is for."""

    GPU = "gpu"
    NPU = "npu"


@dataclass(frozen=True, slots=True)
class Device:
    """A graphics card or neural processor as it is now. ``None`` is unknown, never zero.

    Memory in bytes, ``load`` a share in [0, 1], ``milliwatts`` the whole draw. ``shares_memory``: it works in
    the machine's own memory. ``note`` says what a person should know, such as that it sleeps.
    """

    kind: Kind
    name: str
    driver: str = ""
    memory_total: int | None = None
    memory_free: int | None = None
    load: float | None = None
    milliwatts: int | None = None
    shares_memory: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What one handler found; ``absent`` is why it found nothing, a sentence without its full stop."""

    devices: tuple[Device, ...] = ()
    absent: str = ""


class Handler(Protocol):
    """Finds the devices of one vendor and kind. It blocks: for a thread."""

    @property
    def name(self) -> str:
        """What it looks for, such as ``NVIDIA graphics``."""
        ...

    def look(self) -> Found:
        """Return the devices as they are now; nothing that goes wrong with them raises."""
        ...
