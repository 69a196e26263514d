"""The desktop's loop: what is called off is gone at once, what is due is called in order."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtWidgets import QApplication

from compute_broker.desktop.app import make_loop


def run(qapp: QApplication, work):
    with asyncio.Runner(loop_factory=lambda: make_loop(qapp)) as runner:
        return runner.run(work)


def test_a_bound_that_was_kept_leaves_no_timer(qapp: QApplication):
    async def work() -> tuple[int, int]:
        loop = asyncio.get_running_loop()
        before = len(loop._later)
        for _ in range(100):
            async with asyncio.timeout(300):
                await asyncio.sleep(0)
        handle = loop.call_later(300, print)
        assert len(loop._later) == before + 1
        handle.cancel()
        handle.cancel()
        return before, len(loop._later)

    before, after = run(qapp, work())
    assert after == before


def test_what_is_due_is_called_in_order_and_once(qapp: QApplication):
    async def work() -> list[str]:
        loop, seen, done = asyncio.get_running_loop(), [], asyncio.Event()
        loop.call_later(0.03, done.set)
        loop.call_later(0.02, seen.append, "second")
        loop.call_later(0.001, seen.append, "first")
        loop.call_later(0.01, seen.append, "never").cancel()
        loop.call_at(loop.time() - 1, seen.append, "at once")
        await done.wait()
        return seen

    assert run(qapp, work()) == ["at once", "first", "second"]


def test_a_bound_that_was_not_kept_ends_the_wait(qapp: QApplication):
    async def work() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        run(qapp, work())


def test_a_fault_in_what_was_due_goes_to_the_loops_own_handler(qapp: QApplication):
    async def work() -> str:
        loop, told = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        loop.set_exception_handler(
            lambda _loop, context: told.set_result(type(context["exception"]).__name__)
        )
        loop.call_later(0.001, lambda: 1 / 0)
        return await told

    assert "ZeroDivisionError" in run(qapp, work())
