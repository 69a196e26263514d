"""Qt objects in a cycle are destroyed on Qt's thread, never where a worker happens to allocate."""

from __future__ import annotations

import gc
import threading

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QWindow
from PySide6.QtWidgets import QApplication

from compute_broker.core.imports import LATE_IMPORT
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


def test_in_use_it_looks_often_and_leaves_the_whole_for_when_nobody_is_there(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "FRESH_OBJECTS", 0)
    monkeypatch.setattr(collecting, "WHOLE_EVERY", 2)
    monkeypatch.setattr(gc, "freeze", lambda: None)  # what is frozen would stay so for the tests to come
    asked: list[int] = []
    monkeypatch.setattr(gc, "collect", asked.append)
    collector = Collector()
    try:
        collector._timer.stop()
        assert collector._timer.interval() == collecting.IDLE_MS
        collector._focus_moved(QWindow())
        assert collector._timer.interval() == collecting.BUSY_MS
        assert collector._timer.timerType() is Qt.TimerType.CoarseTimer, "a coarser one counts whole seconds"
        for _ in range(5):
            collector.collect()
        assert asked == [2, 0, 0, 0, 0]
        monkeypatch.setattr(collecting, "FRESH_OBJECTS", 1 << 40)
        collector.collect()
        assert collector._timer.interval() == collecting.IDLE_MS
        monkeypatch.setattr(collecting, "FRESH_OBJECTS", 0)
        collector.collect()
        assert asked[-1] == 2
    finally:
        collector.stop()


def test_nothing_is_collected_while_a_worker_imports_a_large_package(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "FRESH_OBJECTS", 0)
    monkeypatch.setattr(gc, "freeze", lambda: None)  # what is frozen would stay so for the tests to come
    asked: list[int] = []
    monkeypatch.setattr(gc, "collect", asked.append)
    begun, done = threading.Event(), threading.Event()

    def import_something() -> None:
        with LATE_IMPORT:
            begun.set()
            assert done.wait(20)

    collector = Collector()
    worker = threading.Thread(target=import_something)
    worker.start()
    try:
        assert begun.wait(20)
        collector.collect()
        assert asked == []
        done.set()
        worker.join()
        collector.collect()
        assert asked == [2]
    finally:
        done.set()
        worker.join()
        collector.stop()
