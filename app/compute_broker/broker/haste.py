"""The person's word not to wait any longer for a tier that is silent: the next one is asked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Haste:
    """One for each request, on its event loop. What is listened to changes from attempt to attempt."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._act: Callable[[], None] | None = None

    def hurry(self) -> None:
        """Give up on the tier that is being asked, unless it has begun to answer."""
        if self._act is not None:
            self._act()

    @contextmanager
    def heard(self, act: Callable[[], None]) -> Iterator[None]:
        """Have ``act`` called by :meth:`hurry` as long as the block runs."""
        self._act = act
        try:
            yield
        finally:
            self._act = None
