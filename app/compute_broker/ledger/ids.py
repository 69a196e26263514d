"""Request ids: UUID version 7 (RFC 9562), so that they sort by the time they were made."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from uuid import UUID


def new_request_id(now: datetime | None = None) -> str:
    """Return a new id: 48 bits of milliseconds since 1970, then 74 random bits."""
    moment = now or datetime.now(UTC)
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    random = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    return str(UUID(int=value))
