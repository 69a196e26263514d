"""Whoever wants to know is told, whatever the others do."""

from __future__ import annotations

from compute_broker.core.listeners import Listeners
from support.logfail import LogGuard


def test_a_listener_that_fails_keeps_nothing_from_the_others(logs: LogGuard) -> None:
    logs.expect("a listener failed")
    told = []

    def gone() -> None:
        raise RuntimeError("Internal C++ object already deleted")

    listeners = Listeners()
    listeners.add(gone)
    listeners.add(lambda: told.append("second"))
    listeners.tell()
    assert told == ["second"]


def test_stopping_twice_stops_one_listener() -> None:
    told = []

    def listener() -> None:
        told.append(1)

    listeners = Listeners()
    stop = listeners.add(listener)
    listeners.add(listener)
    stop()
    stop()
    listeners.tell()
    assert told == [1]


def test_who_left_meanwhile_is_not_told_any_more() -> None:
    told: list[str] = []
    later = []
    listeners = Listeners()
    stop = listeners.add(lambda: told.append("gone"))
    listeners.add(lambda: told.append("here"))
    listeners.tell(later.append)
    assert told == []
    stop()
    for tell in later:
        tell()
    assert told == ["here"]
