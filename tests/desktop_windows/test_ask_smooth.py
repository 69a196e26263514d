"""A long answer holds the loop for no longer than a frame at a time: each flush, and each painting of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtGui import QPaintEvent

from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.markdown.highlight import warm
from compute_broker.desktop.markdown.plain import plain
from compute_broker.desktop.markdown.view import MarkdownView
from compute_broker.desktop.theme import Theme
from desktop_windows.scripted import ScriptedBroker, scripted_services
from desktop_windows.waiting import ended, until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]
FRAME = 0.016
SECTION = """## A heading

Some **bold** and `code` and a [link](https://example.org/x), and a sentence that goes on for a while.

```python
def f(x: int) -> str:
    for number in range(10):
        print(number, "text", x)  # why
    return "a" + str(x)
```

| way | time | note |
|---|---|---|
| `a` | **1** | some words here |
| `b` | **2** | some words here |

1. one thing
2. two things
   - an inner one

A paragraph of some length that says nothing in particular, but says it at length, so that its lines wrap.

"""
TEXT = (SECTION * (100_000 // len(SECTION) + 1))[:100_000]


def test_a_hundred_kilobytes_stream_without_holding_the_loop(
    drive: Drive, broker: ScriptedBroker, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    took: dict[str, list[float]] = {"_flush": [], "paintEvent": []}
    for name, times in took.items():
        monkeypatch.setattr(MarkdownView, name, _timed(getattr(MarkdownView, name), times))

    async def work() -> None:
        warm()
        broker.scripts = [[TEXT[at : at + 400] for at in range(0, len(TEXT), 400)]]
        window = AskWindow(scripted_services(broker), theme)
        window.open_at_cursor()
        await window.settled()
        window.input.set_text("Write a book")
        window.send()
        await window.settled()
        await until(lambda: not window.view.busy, 60.0)
        await ended(window)

    drive(work())
    for name, times in took.items():
        assert len(times) > 100, name
        # Processor time of this thread: how busy the machine is besides changes little of it.
        slow = sorted(times)[round(len(times) * 0.98)]
        assert slow < FRAME, f"{name}: {1000 * slow:.1f} ms"


def _timed(original: Callable[..., None], times: list[float]) -> Callable[..., None]:
    def timed(self: MarkdownView, *event: QPaintEvent) -> None:
        began = time.thread_time()
        original(self, *event)
        times.append(time.thread_time() - began)

    return timed


def test_copying_it_as_text_gives_the_loop_its_turns(drive: Drive) -> None:
    async def work() -> None:
        turns: list[float] = []

        async def beat() -> None:
            while True:
                began = time.thread_time()
                await asyncio.sleep(0)
                turns.append(time.thread_time() - began)

        beating = asyncio.get_running_loop().create_task(beat())
        text = await plain(TEXT)
        beating.cancel()
        assert text.count("A heading") == TEXT.count("## A heading")
        assert "**" not in text
        assert sorted(turns)[round(len(turns) * 0.98)] < FRAME

    drive(work())


def test_a_long_answer_is_wrapped_once_when_a_drag_of_the_window_rests(drive: Drive, theme: Theme) -> None:
    async def work() -> None:
        view = MarkdownView(theme)
        view.resize(600, 400)
        view.show()
        view.add_text(TEXT)
        view.end_answer()
        await until(lambda: not view.busy)
        widths: list[float] = []
        view.document().documentLayout().documentSizeChanged.connect(lambda size: widths.append(size.width()))
        for width in range(610, 710, 10):
            view.resize(width, 400)
            await asyncio.sleep(0)
        assert widths == []
        await until(lambda: bool(widths))
        assert view.document().textWidth() == view.viewport().width()
        short = MarkdownView(theme)
        short.resize(600, 400)
        short.show()
        short.add_text(SECTION)
        short.end_answer()
        short.resize(500, 400)
        assert short.document().textWidth() == short.viewport().width(), "a short one at once"
        for each in (view, short):
            each.hide()
            each.deleteLater()

    drive(work())
