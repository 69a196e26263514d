"""Energy that an answer took on this machine, as a sensor measured it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Energy:
    """``microjoules`` above idle over ``milliseconds``, each at least 1; ``sensor`` is who measured it."""

    microjoules: int
    milliseconds: int
    sensor: str

    def __post_init__(self) -> None:
        """Refuse nothing at all: an answer that took no energy was not measured."""
        if self.microjoules < 1 or self.milliseconds < 1:
            msg = f"{self.microjoules} uJ in {self.milliseconds} ms by {self.sensor} is no measurement"
            raise ValueError(msg)

    @property
    def milliwatts(self) -> int:
        """The mean draw above idle, at least 1."""
        return max(1, round(self.microjoules / self.milliseconds))
