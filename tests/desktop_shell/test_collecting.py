"""Qt objects in a cycle are destroyed on Qt's thread, never where a worker happens to allocate."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtCore import QObject

from compute_broker.desktop import collecting
from compute_broker.desktop.collecting import Collector


def garbage(destroyed: list[int]) -> None:
    """Leave a Qt object behind that only the cyclic collection can find."""

    class Knot(QObject):
        def __del__(self) -> None:
            destroyed.append(threading.get_ident())

    knot = Knot()
    knot.knot = knot  # type: ignore[attr-defined] # the cycle


def allocate() -> None:
    kept = [[number] for number in range(200_000)]
    assert kept


def test_a_worker_collects_nothing_and_qts_thread_does(qapp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collecting, "FRESH_OBJECTS", 0)
    collector = Collector()
    try:
        destroyed: list[int] = []
        garbage(destroyed)
        worker = threading.Thread(target=allocate)
        worker.start()
        worker.join()
        assert destroyed == []
        collector.collect()
        assert destroyed == [threading.get_ident()]
    finally:
        collector.stop()
    assert gc.isenabled()
