"""What every part of the settings file is made of: a struct that refuses names it does not know.

Plain structs, since a validating library of the larger kind costs a tray program 19 MB and 60 ms at start.
"""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct

from compute_broker.core.texts import tr

MOST_USD = 1_000_000


def in_range(name: str, value: Decimal | None, most: int) -> None:
    """Refuse a figure that is not finite or lies outside 0 to ``most``; the text begins with the name."""
    if value is not None and not (value.is_finite() and 0 <= value <= most):
        raise ValueError(
            tr("{name}: {value} lies outside 0 to {most}", name=name, value=value, most=f"{most:,}")
        )


class Section(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of the file: unknown names are refused, so that a typing slip is noticed."""
