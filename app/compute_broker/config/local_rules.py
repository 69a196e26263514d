"""The settings of when a tier is passed over by the state of this machine: ``[local]``."""

from __future__ import annotations

import re
from datetime import time
from typing import Literal

from compute_broker.config.hours import spans
from compute_broker.config.section import Section
from compute_broker.core.texts import tr

_ALL = 100


class LocalRules(Section, frozen=True, kw_only=True):
    """Rules by condition. A tier chosen by hand is asked all the same.

    ``on_battery`` is for tiers on this machine: ``always``, ``never``, or ``above N %`` of charge. ``hours``
    are the local hours in which they may run, such as ``22:00-07:00``; empty: all. ``metered`` says whether
    tiers out on the internet are avoided on a connection that is paid by volume.
    """

    on_battery: str = "always"
    hours: str = ""
    metered: Literal["use", "avoid"] = "use"

    def __post_init__(self) -> None:
        """Refuse rules that mean nothing."""
        self.least_charge  # noqa: B018 - it raises
        self.spans  # noqa: B018 - it raises

    @property
    def least_charge(self) -> int | None:
        """Per cent of charge that must be passed on battery; 100 is never, ``None`` no rule."""
        text = self.on_battery.strip().casefold()
        if text in {"always", "never"}:
            return _ALL if text == "never" else None
        found = re.fullmatch(r"above\s+(\d{1,3})\s*%?", text)
        if found is None or int(found[1]) > _ALL:
            raise ValueError(
                tr(
                    'on_battery: {on_battery} is no rule; write "always", "never" or "above 40 %"',
                    on_battery=f"{self.on_battery!r}",
                )
            )
        return int(found[1])

    @property
    def spans(self) -> list[tuple[time, time]]:
        """The hours in which local tiers may run; none: all."""
        return spans("hours", self.hours)
