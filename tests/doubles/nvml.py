"""A stand-in for the module ``pynvml``: its calls, its units, its errors by their numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any


class NVMLError(Exception):
    """As the module raises them: ``value`` is NVML's own number."""

    def __init__(self, value: int) -> None:
        super().__init__(f"NVML error {value}")
        self.value = value


NOT_SUPPORTED, NO_PERMISSION, LIBRARY_NOT_FOUND, GPU_IS_LOST, VERSION_MISMATCH = 3, 4, 12, 15, 18


@dataclass
class Card:
    """One card. ``refuses`` maps a call's name to the error it raises."""

    name: str = "NVIDIA GeForce RTX 3090"
    total: int = 24 * 2**30
    free: int = 24 * 2**30
    busy: int = 0
    milliwatts: int = 30_000
    millijoules: int = 0
    refuses: dict[str, int] = field(default_factory=dict)


class NvmlDouble:
    """The module. ``calls`` names what was called, in order."""

    NVMLError = NVMLError

    def __init__(self, *cards: Card, init: int | None = None) -> None:
        self.cards = list(cards)
        self.init = init
        self.calls: list[str] = []

    def nvmlInit(self) -> None:  # noqa: N802 - the module's name
        self.calls.append("nvmlInit")
        if self.init is not None:
            raise NVMLError(self.init)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        answers: dict[str, Callable[[Card], Any]] = {
            "nvmlDeviceGetName": lambda card: card.name,
            "nvmlDeviceGetMemoryInfo": lambda card: SimpleNamespace(
                total=card.total, free=card.free, used=card.total - card.free
            ),
            "nvmlDeviceGetUtilizationRates": lambda card: SimpleNamespace(gpu=card.busy, memory=0),
            "nvmlDeviceGetPowerUsage": lambda card: card.milliwatts,
            "nvmlDeviceGetTotalEnergyConsumption": lambda card: card.millijoules,
        }
        plain: dict[str, Callable[..., Any]] = {
            "nvmlShutdown": lambda: None,
            "nvmlSystemGetDriverVersion": lambda: "580.95",
            "nvmlDeviceGetCount": lambda: len(self.cards),
            "nvmlDeviceGetHandleByIndex": lambda index: self.cards[index],
        }

        def call(*given: Any) -> Any:
            self.calls.append(name)
            if name in plain:
                return plain[name](*given)
            (card,) = given
            if name in card.refuses:
                raise NVMLError(card.refuses[name])
            return answers[name](card)

        if name not in plain and name not in answers:
            raise AttributeError(name)
        return call
