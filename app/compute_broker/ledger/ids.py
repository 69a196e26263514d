"""Request ids: 22 letters and digits that sort by the time they were made.

The bits of a ULID (48 of milliseconds, 80 random) in base 62: 14 characters fewer than a UUID, twice in each
row of the ledger and its index, and no dash that a double click stops at.
"""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
"""In the order of ASCII, so that ids sort like their numbers."""

LENGTH = 22
_RANDOM_BITS = 80


def new_request_id(now: datetime | None = None) -> str:
    """Return a new id: the milliseconds since 1970, then 80 random bits."""
    moment = now or datetime.now(UTC)
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    value = milliseconds << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    digits = []
    for _ in range(LENGTH):
        value, digit = divmod(value, len(DIGITS))
        digits.append(DIGITS[digit])
    return "".join(reversed(digits))
