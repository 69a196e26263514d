"""Hours of the day as a person writes them."""

from __future__ import annotations

import re
from datetime import time

from compute_broker.core.texts import tr

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = re.compile(r"\s*(\d\d?):(\d\d)\s*")
_SPAN = re.compile(r"\s*(\d\d?:\d\d)\s*-\s*(\d\d?:\d\d)\s*")


def clock(name: str, text: str) -> time:
    """Return the time that ``text`` such as ``22:00`` says; ``24:00`` is midnight.

    Raises:
        ValueError: it says none; the text begins with the setting's name.
    """
    found = _CLOCK.fullmatch(text)
    hour, minute = (int(part) for part in found.groups()) if found else (-1, -1)
    if (hour, minute) == (24, 0):
        return time()
    if hour not in range(24) or minute not in range(60):
        raise ValueError(tr('{name}: {text} is no time of day; write "22:00"', name=name, text=f"{text!r}"))
    return time(hour, minute)


def spans(name: str, text: str) -> list[tuple[time, time]]:
    """Return the spans in ``text`` such as ``22:00-07:00`` or ``8:00-12:00, 13:00-18:00``; none when empty.

    Raises:
        ValueError: they mean nothing; the text begins with the setting's name.
    """
    found = []
    for part in text.split(",") if text.strip() else ():
        match = _SPAN.fullmatch(part)
        try:
            first, last = (clock(name, each) for each in (match.groups() if match else ()))
        except ValueError:
            raise ValueError(
                tr('{name}: {text} are no hours; write "22:00-07:00"', name=name, text=f"{text!r}")
            ) from None
        found.append((first, last))
    return found
