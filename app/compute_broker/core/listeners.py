"""Telling whoever wants to know, so that one bad listener keeps nothing from the others."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

_log = logging.getLogger(__name__)

Listener = Callable[[], None]


class Listeners:
    """Those who want to be told of one thing. Nothing a listener raises reaches who tells."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._all: dict[object, Listener] = {}

    def add(self, listener: Listener) -> Listener:
        """Call ``listener`` at each :meth:`tell`; return the way to stop that, which may be called twice."""
        ticket = object()
        self._all[ticket] = listener

        def remove() -> None:
            self._all.pop(ticket, None)

        return remove

    def tell(self, through: Callable[[Listener], object] | None = None) -> None:
        """Call every listener, in the order they came; ``through`` may have it called later."""
        for ticket in list(self._all):
            if through is None:
                self._call(ticket)
            else:
                through(partial(self._call, ticket))

    def _call(self, ticket: object) -> None:
        listener = self._all.get(ticket)
        if listener is None:
            return  # taken out since it was to be told
        try:
            listener()
        except Exception:  # noqa: BLE001 - it is a stranger's, and the others are to be told
            _log.exception("a listener failed")
