"""Reads what a person types into a field: whole numbers and figures. A refusal is one clear sentence."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from compute_broker.core.texts import figure, tr

_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}
_WHOLE = re.compile(r"(\d+)([km]?)")
_BETWEEN = re.compile(r"[\s,._'’]+(?=\d{3})")
"""What may stand between the thousands of a number."""


def whole_number(text: str, least: int, most: int) -> int | None:
    """Return the number in ``2,000``, ``2_000`` or ``2k``; ``None`` for an empty text.

    Raises:
        ValueError: it is no whole number from ``least`` to ``most``; the text says what would do.
    """
    if not text:
        return None
    found = _WHOLE.fullmatch(_BETWEEN.sub("", text.lower()))
    if found is None:
        raise ValueError(tr("{text} is no whole number: write digits, such as 8,192.", text=text))
    number = int(found[1]) * _UNITS[found[2]]
    _check(text, number, least, most)
    return number


def decimal_number(text: str, least: int, most: int) -> Decimal | None:
    """Return the figure in ``2.50``, ``2,50`` or ``$2.50``; ``None`` for an empty text.

    Raises:
        ValueError: it is no figure from ``least`` to ``most``; the text says what would do.
    """
    if not text:
        return None
    try:
        value = Decimal(text.strip("$ ").replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValueError(tr("{text} is no figure: write one such as 2.50.", text=text))
    _check(text, value, least, most)
    return value


def _check(text: str, value: Decimal | int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(
            tr(
                "{text} lies outside {least} to {most}: write a figure between them.",
                text=text,
                least=figure(f"{least:,}"),
                most=figure(f"{most:,}"),
            )
        )


def dollars(value: Decimal) -> str:
    """Return an amount with cents at least: ``2.50``, and ``0.075`` as it is."""
    return figure(f"{value:.2f}" if value == round(value, 2) else f"{value:f}")


def shown(value: object) -> str:
    """Return a setting's value as it stands in its field; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return figure(f"{value:f}".removesuffix(".0"))  # the file's 35.0 is what was typed as 35
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)
