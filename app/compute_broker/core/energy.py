"""Energy that an answer took on this machine, as a sensor measured it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Energy:
    """``microjoules`` above idle, at least 1, over one attempt; ``sensor`` is who measured it."""

    microjoules: int
    sensor: str

    def __post_init__(self) -> None:
        """Refuse nothing at all: an answer that took no energy was not measured."""
        if self.microjoules < 1:
            msg = f"{self.microjoules} uJ by {self.sensor} is no measurement"
            raise ValueError(msg)

    def milliwatts(self, milliseconds: int) -> int:
        """Return the mean draw above idle over that time, at least 1."""
        return max(1, round(self.microjoules / max(1, milliseconds)))
