"""The preview: what classifying, quoting and deciding takes at every key stroke of a growing prompt.

In the broker alone, and in the quick ask window with its line and its ticker: with ten tiers, and with a long
text attached. Processor time of the loop's own thread: what holds the loop, however busy the machine is.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any

from measured import Figure
from PySide6.QtWidgets import QApplication
from qasync import QEventLoop
from scratch import scratch_home

from compute_broker.broker.events import AskOptions
from compute_broker.broker.policy import Rules, decide
from compute_broker.compose import Services, opened
from compute_broker.core.attachment import Attachment, TextFile
from compute_broker.core.decision import MODES, Decision
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.scripted import ScriptedBroker, scripted_services
from support.ten_tiers import ten_tiers

PROMPT = (
    "Compare the worst-case running time of merge sort and quicksort, prove both bounds, and write a"
    " Python function that sorts ten million integers with bounded memory. Explain each step to a student"
    " who has never seen recursion, give an example with seven numbers, and end with a table of the costs."
)


async def _strokes() -> list[float]:
    async with opened(probe=False) as services:
        services.broker.preview(PROMPT)
        times = []
        for length in range(1, len(PROMPT) + 1):
            began = time.thread_time()
            services.broker.preview(PROMPT[:length])
            times.append(1000 * (time.thread_time() - began))
        return times


async def _in_window(attached: tuple[Attachment, ...]) -> list[float]:
    broker = ScriptedBroker(snapshot=ten_tiers())
    async with opened(probe=False) as services:
        broker.preview = partial(_preview, services, broker)  # type: ignore[method-assign] # the real classifier
        window = AskWindow(scripted_services(broker), Theme("light"))
        window.open_at_cursor()
        window.attaching.put(attached)
        await window.settled()
        times = []
        for length in range(1, len(PROMPT) + 1):
            window.input.set_text(PROMPT[:length])
            began = time.thread_time()
            window.update_preview()
            times.append(1000 * (time.thread_time() - began))
        await window.shut()
        return times


def _preview(services: Services, broker: ScriptedBroker, prompt: str, options: AskOptions) -> Decision:
    return decide(services.broker.preview(prompt, options).task, broker.snapshot, Rules(MODES["balanced"]))


def _on_qt(work: Coroutine[Any, Any, list[float]]) -> list[float]:
    app = QApplication.instance() or QApplication(["bench", "-platform", "offscreen"])
    with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
        return runner.run(work)


def figures() -> list[Figure]:
    """Type the prompt once, with the default settings, after one preview that loads the classifier."""
    with scratch_home() as env:
        os.environ.update({name: value for name, value in env.items() if name != "PATH"})
        Path(env["COMPUTE_BROKER_HOME"]).mkdir(parents=True, exist_ok=True)
        long = TextFile("long.txt", "Some words of a long report, line by line.\n" * 9_000)
        return [
            Figure("preview per key stroke", asyncio.run(_strokes()), "ms", "under 16 ms"),
            Figure("with line and ticker of ten tiers", _on_qt(_in_window(())), "ms", "under 16 ms"),
            Figure("with 390 kB of text attached", _on_qt(_in_window((long,))), "ms", "under 16 ms"),
        ]
