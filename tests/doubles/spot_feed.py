"""A double of a spot feed (docs/spot-feed.md): the prices that a test sets, or bytes as they are.

By hand, from ``tests/``: ``python -m doubles.spot_feed --port 0`` prints its URL; each reading is dated now
and valid for five minutes, and its price wanders a little.
"""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from doubles.script import Raw
from doubles.server import HttpDouble, Out, Seen, run_by_hand

MODEL = "qwen3-8b"


def feed_body(
    as_of: datetime, input_: Any = "0.20", output: Any = "0.80", *, minutes: int = 5, **row: Any
) -> dict[str, Any]:
    """Return a whole feed with one price, in USD per million tokens."""
    return {
        "currency": "USD",
        "as_of": as_of.isoformat(),
        "valid_until": (as_of + timedelta(minutes=minutes)).isoformat(),
        "prices": [{"model": MODEL, "input": input_, "output": output, **row}],
    }


class SpotFeedDouble(HttpDouble):
    """Serves one feed under ``/spot.json``."""

    prefix = "/spot.json"

    def __init__(self, *, key: str | None = None, port: int = 0) -> None:
        super().__init__(key=key, port=port)
        self.body: dict[str, Any] | None = None
        """What is served; ``None``: a price of its own that wanders."""
        self.raw: Raw | None = None
        """Served instead of everything else, as it is."""
        self._steps = itertools.cycle(("0.80", "0.84", "0.79", "0.76"))

    @property
    def feed_url(self) -> str:
        """What to put into a tier's ``spot``."""
        return self.url

    def is_chat(self, seen: Seen) -> bool:
        return False

    async def handle(self, seen: Seen, out: Out) -> None:
        if self.raw is not None:
            await out.raw(self.raw)
        elif self.body is not None:
            await out.json(json.loads(json.dumps(self.body)))
        else:
            await out.json(feed_body(datetime.now(UTC), output=next(self._steps)))


if __name__ == "__main__":
    run_by_hand(SpotFeedDouble)
