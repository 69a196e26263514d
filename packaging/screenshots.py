"""Photographs the real windows for the README: ``make screenshots``.

Under a virtual display, the real services answer through protocol doubles on loopback, on a scratch ledger
whose rows were decided, priced and settled by the program's own parts. No figure is drawn by hand.

    packaging/screenshots.py [--scale 2] [--to FOLDER]

Pictures at another scale than one have it in their name: ``glance-light@2x.png``.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import keyring
from PySide6.QtWidgets import QWidget
from qasync import QEventLoop
from small_png import save

from compute_broker.broker.attempts import model_of
from compute_broker.broker.events import Source
from compute_broker.broker.noting import note_of
from compute_broker.broker.screening import Rules
from compute_broker.compose import Services
from compute_broker.config.edits import set_value
from compute_broker.core.decision import Decision
from compute_broker.core.quote import Quote
from compute_broker.core.usage import Certainty, Usage
from compute_broker.desktop.app import make_application
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.glance.panel import GlancePanel
from compute_broker.desktop.history.window import HistoryWindow
from compute_broker.desktop.hotkey.hotkey import HotkeyState
from compute_broker.desktop.menu import TrayMenu
from compute_broker.desktop.settings.window import SettingsWindow
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.trial.window import TrialWindow
from compute_broker.desktop.usage.window import UsageWindow
from compute_broker.desktop.welcome.window import WelcomeWindow
from compute_broker.gateway.gateway import Gateway
from compute_broker.ledger.ids import new_request_id
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import NewAttempt, NewRequest, RequestStatus, Settlement
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.openrouter_api import OpenRouterDouble
from doubles.server import HttpDouble
from support.memory_keyring import MemoryKeyring
from support.screen import XScreen, real_screen, scaled

_SOME = 5
"""Answers after which a run is photographed."""
_PATIENCE = 120.0
SCHEMES = ("light", "dark")
SCALES = (1.0, 2.0)
_LARGEST = 4.0
QUESTION = "How do I merge two sorted lists in Python without copying them?"
SUM = "A train leaves Ghent at 9:40 and reaches Cologne at 13:15. How many minutes does it take?"
SUMS = {"openrouter": "From 9:40 to 13:40 is 4 hours; 25 minutes less.\n\nAnswer: 225 minutes"}
RIGHT_SUM = "From 9:40 to 12:40 is 180 minutes, and 35 more until 13:15.\n\n**Answer: 215 minutes**"
PLACES = {"anthropic": "cloud", "openrouter": "distributed"}
"""Where the doubled providers stand in truth: their stand-ins listen on loopback."""
ANSWER = '''Use `heapq.merge`: it walks both lists once and never copies them.

```python
from heapq import merge

def merge_sorted(left: list[int], right: list[int]) -> list[int]:
    """Return one sorted list, in O(n + m)."""
    return list(merge(left, right))
```

| way | time | extra memory |
|---|---|---|
| `sorted(a + b)` | O(n log n) | a copy of both |
| `heapq.merge(a, b)` | **O(n)** | one item of each |

- It takes any iterables, so [files](https://docs.python.org/3/library/heapq.html) work too.
- Equal items keep their order.
'''
PROMPTS = (
    "Rewrite this paragraph so that it is half as long",
    "What is the difference between a mutex and a semaphore?",
    "Write a regular expression that matches ISO dates",
    "Summarise the minutes of Tuesday's meeting in five points",
    "Why does this SQL query scan the whole table?",
    "Translate to German: the delivery is two days late",
    "Prove that the sum of two odd numbers is even",
    "Find the bug in this binary search",
    "Draft a polite reminder about an unpaid invoice",
    "Which of these three laptops is best for video editing, and why?",
)
"""What the scratch ledger's requests ask."""


def main() -> int:
    """Photograph each scheme at each scale in a process of its own, as a person would have one of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--scale", type=_scale, help="one display scale, such as 2; else both 1 and 2")
    parser.add_argument("--to", type=Path, default=Path(__file__).parents[1] / "resources" / "screenshots")
    parser.add_argument("--scheme", choices=SCHEMES, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.scheme:
        photograph(wanted.scheme, wanted.to)
        return 0
    wanted.to.mkdir(parents=True, exist_ok=True)
    for scale in SCALES if wanted.scale is None else (wanted.scale,):
        with real_screen(scaled(scale)) as screen:
            for scheme in SCHEMES:
                _apart(screen, scheme, scale, wanted.to)
    return 0


def _scale(text: str) -> float:
    """Return a scale from 1 to 4."""
    scale = float(text)
    if not 1 <= scale <= _LARGEST:
        raise ValueError
    return scale


def _apart(screen: XScreen, scheme: str, scale: float, folder: Path) -> None:
    """Photograph one scheme in a process of its own, with an empty home."""
    command = [sys.executable, str(Path(__file__)), "--to", str(folder), "--scheme", scheme]
    with tempfile.TemporaryDirectory() as home:
        env = {
            **os.environ,
            **screen.env,
            "COMPUTE_BROKER_HOME": home,
            "QT_SCALE_FACTOR": f"{scale:g}",
        }
        subprocess.run(command, env=env, check=True)


def photograph(scheme: str, folder: Path) -> None:
    """Start the services and the windows, and write one picture of each."""
    keyring.set_keyring(MemoryKeyring())
    keyring.set_password("compute-broker", "anthropic", "not-a-real-key")
    keyring.set_password("compute-broker", "openrouter", "not-a-real-key")
    app = make_application()
    with blending_screen(), doubles() as servers:
        Services().settings.update(_changes(servers, scheme))
        with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
            runner.run(_photograph(scheme, folder))


async def _photograph(scheme: str, folder: Path) -> None:
    await _seed()
    services = Services()
    await services.start()
    theme = Theme("dark" if scheme == "dark" else "light")
    theme.apply()
    try:
        await _ask(services, theme, folder, scheme)
        await _second_opinion(services, theme, folder / f"checked-{scheme}.png")
        panel = GlancePanel(services, theme)
        panel.open_at_cursor()
        await panel.settled()
        await _picture(panel, folder / f"glance-{scheme}.png")
        await panel.shut()
        panel.hide()
        await _usage(services, theme, folder, scheme)
        await _history(services, theme, folder / f"history-{scheme}.png")
        await _window(SettingsWindow(services, theme), folder / f"settings-{scheme}.png")
        await _programs(services, theme, folder / f"programs-{scheme}.png")
        await _trial(services, theme, folder, scheme)
        await _welcome(services, theme, folder, scheme)
        await _menu(services, folder / f"menu-{scheme}.png")
    finally:
        await services.close()


async def _ask(services: Services, theme: Theme, folder: Path, scheme: str) -> None:
    window = AskWindow(services, theme)
    window.open_at_cursor()
    await window.settled()
    window.input.set_text(QUESTION)
    await _picture(window, folder / f"preview-{scheme}.png")
    window.controls.why_button.click()
    await _picture(window, folder / f"why-{scheme}.png")
    window.controls.why_button.click()
    drained = asyncio.Event()
    window.view.drained.connect(drained.set)
    window.send()
    await window.settled()
    await drained.wait()
    window.view.verticalScrollBar().setValue(0)
    await _picture(window, folder / f"ask-{scheme}.png")
    await window.shut()
    window.hide()


async def _second_opinion(services: Services, theme: Theme, path: Path) -> None:
    services.settings.update(set_value("cross_check.balanced", "always"))
    window = AskWindow(services, theme)
    window.open_at_cursor()
    await window.settled()
    window.input.set_text(SUM)
    window.send()
    await window.settled()
    window.view.end_answer()
    await _picture(window, path)
    await window.shut()
    window.hide()


async def _usage(services: Services, theme: Theme, folder: Path, scheme: str) -> None:
    window = UsageWindow(services, theme)
    window.tabs.setCurrentIndex(2)
    window.open_at_cursor()
    await window.settled()
    await _picture(window, folder / f"usage-{scheme}.png")
    window.what_if.slider.setValue(900)
    window.what_if.tiers["haiku"].setChecked(False)
    await _until(lambda: window.what_if.sentence.text().startswith("Thrifty and"))
    await _picture(window, folder / f"what-if-{scheme}.png")
    await window.shut()
    window.hide()


async def _window(window: SettingsWindow, path: Path) -> None:
    window.open_at_cursor()
    await window.settled()
    await _picture(window, path)
    await window.shut()
    window.hide()


async def _programs(services: Services, theme: Theme, path: Path) -> None:
    """Photograph the settings' page of other programs, while the gateway listens."""
    gateway = Gateway(services.broker, services.settings, services.keys)
    await gateway.start()
    window = SettingsWindow(services, theme, gateway)
    window.pages.setCurrentWidget(window.programs)
    await _window(window, path)
    await gateway.close()


async def _history(services: Services, theme: Theme, path: Path) -> None:
    window = HistoryWindow(services, theme)
    window.open_at_cursor()
    await _until(lambda: bool(window.model.rows))
    window.filters.category.setCurrentIndex(window.filters.category.findData("coding"))
    await _until(lambda: {row.category for row in window.model.rows} == {"coding"})
    await window.settled()
    await _picture(window, path)
    await window.shut()
    window.hide()


async def _trial(services: Services, theme: Theme, folder: Path, scheme: str) -> None:
    window = TrialWindow(services, theme)
    window.open_at_cursor()
    await _until(window.send.isEnabled)
    await _picture(window, folder / f"trial-{scheme}.png")
    window.send.click()
    await _until(lambda: window.bar.value() > _SOME)
    await _picture(window, folder / f"trial-running-{scheme}.png")
    await _until(window.outcome.isVisible)
    await _picture(window, folder / f"trial-result-{scheme}.png")
    window.rate.click()
    await _picture(window.rating, folder / f"rating-{scheme}.png")
    window.rating.hide()
    await window.shut()
    window.hide()


async def _welcome(services: Services, theme: Theme, folder: Path, scheme: str) -> None:
    window = WelcomeWindow(services, theme)
    window.show_hotkey(HotkeyState(services.settings.current.desktop.hotkey))
    window.open_at_cursor()
    await window.settled()
    await _picture(window, folder / f"welcome-{scheme}.png")
    for name in ("keys", "budget", "try"):
        window.next.click()
        if name == "try":
            window.first.ask.click()
            await window.settled()
        await _picture(window, folder / f"welcome-{name}-{scheme}.png")
    await window.shut()
    window.hide()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE):
        while not condition():  # noqa: ASYNC110 - what a widget shows has no event of asyncio's
            await asyncio.sleep(0.05)


async def _menu(services: Services, path: Path) -> None:
    menu = TrayMenu()
    menu.show_hotkey(services.settings.current.desktop.hotkey, None)
    menu.show_mode(services.settings.current.mode)
    menu.show_state(services.broker.snapshot, services.broker.spend)
    menu.popup(menu.pos())
    await _picture(menu, path)
    menu.close()


async def _picture(window: QWidget, path: Path) -> None:
    # A picture wants what is drawn after a moment's rest; no event says that a screen has come to rest.
    await asyncio.sleep(0.4)
    grabbed = window.grab()
    scale = grabbed.devicePixelRatio()
    if scale != 1:
        path = path.with_stem(f"{path.stem}@{scale:g}x")
    save(grabbed.toImage(), path)
    sys.stdout.write(f"{path}\n")


@contextmanager
def doubles() -> Iterator[dict[str, HttpDouble]]:
    """Run a server for each provider that the default tiers speak to."""
    with ExitStack() as stack:
        servers: dict[str, HttpDouble] = {
            "anthropic": stack.enter_context(AnthropicDouble()),
            "openrouter": stack.enter_context(OpenRouterDouble()),
            "lmstudio": stack.enter_context(LMStudioDouble()),
        }
        numbers = count(1)
        for name, server in servers.items():
            other = SUMS.get(name, RIGHT_SUM)
            server.answer = partial(_answer, numbers, other)
        yield servers


def _answer(numbers: Iterator[int], other: str, prompt: str) -> str:
    """Answer the sum, a judge, the question; anything else with words of its own."""
    if "first_answer" in prompt:
        return ("FIRST", "SECOND", "TIE")[next(numbers) % 3]
    if "Ghent" in prompt:
        return other
    return ANSWER if prompt == QUESTION else f"{ANSWER}\n- Variant {next(numbers)}.\n"


def _changes(servers: dict[str, HttpDouble], scheme: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        document["budget"]["daily"]["amount"] = 5.0
        document["budget"]["daily"]["hard"] = True
        document["budget"]["monthly"]["amount"] = 60.0
        document["desktop"]["theme"] = scheme
        document["gateway"]["enabled"] = True
        for tier in document["tiers"]:
            server = servers.get(tier["provider"])
            if server is not None:
                tier["base_url"] = server.url
            if tier["provider"] in PLACES:
                tier["key"] = tier["provider"]
                tier["place"] = PLACES[tier["provider"]]

    return change


async def _seed() -> None:
    """Fill the scratch ledger with three weeks of requests, decided and priced by the program itself."""
    services = Services()
    await services.start()
    chance = random.Random(11)  # noqa: S311 - the same pictures each time
    now = datetime.now(UTC)
    clock = [now]
    with Ledger.open(services.home.ledger, clock=lambda: clock[0]) as ledger:
        for back in range(21, -1, -1):
            asked = sorted(chance.randint(2, 700) for _ in range(chance.randint(2, 9)))
            for minutes in reversed(asked):
                clock[0] = now - timedelta(days=back, minutes=minutes)
                _seed_one(services, ledger, chance)
    await services.close()


def _seed_one(services: Services, ledger: Ledger, chance: random.Random) -> None:
    prompt = chance.choice(PROMPTS)
    decision = services.broker.preview(prompt)
    if decision.quote is None or decision.quote.price is None:
        return
    request_id = new_request_id()
    ledger.begin(NewRequest(request_id, Source.QUICK_ASK.value, prompt))
    settings = services.settings.current
    rules = Rules(decision.mode, settings.baseline, cross_check=settings.cross_check.of(decision.mode))
    ledger.decide(request_id, note_of(decision, rules))
    usage = Usage(chance.randint(200, 9_000), chance.randint(150, 2_500))
    reservation = _settled(ledger, request_id, decision.quote, usage)
    base = decision.baseline
    ledger.finish(
        request_id,
        RequestStatus.ANSWERED,
        answer=ANSWER,
        answered_by=reservation,
        baseline_tier=base.tier.id if base else None,
        baseline_cost=_price(decision, usage),
    )


def _settled(ledger: Ledger, request_id: str, quote: Quote, usage: Usage) -> int:
    """Reserve, send and settle one attempt; return its id."""
    tier, price = quote.tier, quote.price
    assert price is not None  # noqa: S101 - looked at by the caller
    ceiling = price.ceiling(usage.input_tokens, tier.max_output_tokens)
    attempt = NewAttempt(tier.id, tier.place, tier.provider, model_of(quote), price, ceiling)
    reservation = ledger.reserve(request_id, attempt)
    ledger.mark_sent(reservation.id)
    took = 900 + usage.output_tokens * 9
    cost = price.cost(usage, milliseconds=took)
    ledger.settle(reservation.id, Settlement(cost, Certainty.EXACT, usage=usage, latency_ms=took))
    return reservation.id


def _price(decision: Decision, usage: Usage) -> int | None:
    base = decision.baseline
    return base.price.cost(usage) if base is not None and base.price is not None else None


@contextmanager
def blending_screen() -> Iterator[None]:
    """Say on this display that translucent windows are blended, as nearly every desktop does.

    The pictures then have the shadow and the round corners that a person sees; transparency is kept.
    """
    x11 = ctypes.CDLL("libX11.so.6")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XDefaultRootWindow.restype = x11.XCreateSimpleWindow.restype = ctypes.c_ulong
    x11.XInternAtom.restype = ctypes.c_ulong
    display = ctypes.c_void_p(x11.XOpenDisplay(None))
    root = ctypes.c_ulong(x11.XDefaultRootWindow(display))
    window = ctypes.c_ulong(x11.XCreateSimpleWindow(display, root, 0, 0, 1, 1, 0, 0, 0))
    selection = ctypes.c_ulong(x11.XInternAtom(display, b"_NET_WM_CM_S0", 0))
    x11.XSetSelectionOwner(display, selection, window, ctypes.c_ulong(0))
    x11.XSync(display, 0)
    try:
        yield
    finally:
        x11.XCloseDisplay(display)


if __name__ == "__main__":
    sys.exit(main())
