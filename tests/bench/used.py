"""A program to be measured from within: its services and windows on a screen, used by a script."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from measured import Figure, show
from scratch import scratch_home

from compute_broker.compose import Services
from compute_broker.desktop.app import make_application, make_loop
from compute_broker.desktop.collecting import Collector
from compute_broker.desktop.theme import Theme
from compute_broker.desktop.windows import Windows
from doubles.anthropic_api import AnthropicDouble
from support.hour import Hour
from support.screen import real_screen


def in_child(script: str) -> Any:
    """Run ``script --live URL`` on a screen of its own, and return the JSON of its last line.

    The provider's double answers in this process, so that its work is not measured.
    """
    with real_screen() as screen, AnthropicDouble() as double, scratch_home() as env:
        screen.start_tray()
        command = (sys.executable, script, "--live", double.url)
        sizes = {name: os.environ[name] for name in ("ROUNDS", "ASKS", "OPENINGS") if name in os.environ}
        done = subprocess.run(
            command, env={**env, **screen.env, **sizes}, stdout=subprocess.PIPE, text=True, check=True
        )
        return json.loads(done.stdout.splitlines()[-1])


@asynccontextmanager
async def used(url: str) -> AsyncIterator[Hour]:
    """Start the real services, Claude's tiers at ``url``, and close everything afterwards."""

    def change(document: Any) -> None:
        for tier in document["tiers"]:
            if tier["provider"] == "anthropic":
                tier.update({"base_url": url, "key": "anthropic", "place": "cloud"})
            elif tier["provider"] != "builtin":
                tier["enabled"] = False

    Services().settings.update(change)
    services = Services(sparing=True)
    services.keys.set("anthropic", "sk-not-a-key", session_only=True)
    await services.start(probe=False)
    await services.look()
    theme = Theme()
    theme.apply()
    windows = Windows(services, theme)
    windows.prepare()
    await windows.settled()
    yield Hour(services, windows)
    await windows.close()
    await services.close()


def main(live: Callable[[str], Coroutine[Any, Any, Any]], figures: Callable[[], list[Figure]]) -> None:
    """Measure, or be what is measured."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--live", help=argparse.SUPPRESS)
    url = parser.parse_args().live
    if url is None:
        show(figures())
        return
    app = make_application()
    collector = Collector(app)
    with asyncio.Runner(loop_factory=lambda: make_loop(app)) as runner:
        print(json.dumps(runner.run(live(url))))
    collector.stop()
