"""The state of this machine that a person's rules may ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is known; ``None`` is unknown and breaks no rule.

    ``charge`` is the battery's, in per cent. ``metered``: the connection is paid by volume.
    """

    on_battery: bool | None = None
    charge: int | None = None
    metered: bool | None = None
