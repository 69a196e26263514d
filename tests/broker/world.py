"""A whole program in a test's home: real settings, ledger, market, door; doubles for the network."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

from compute_broker.broker.events import AskEvent, AskOptions, Delta, Failed, Finished
from compute_broker.compose import Services
from compute_broker.config.home import Home

CLOUD = """
[[tiers]]
id = "{id}"
label = "{label}"
provider = "anthropic"
model = "{model}"
base_url = "{url}"
key = "{key}"
place = "cloud"
max_output_tokens = {max_output}
"""

LOCAL = """
[[tiers]]
id = "local"
label = "LM Studio"
provider = "lmstudio"
model = "*"
base_url = "{url}"
"""


def cloud(tier_id: str, url: str, *, key: str = "anthropic", max_output: int = 1000) -> str:
    """Return a settings block for a Claude tier served by a double."""
    model = f"claude-{tier_id}-5-5"
    label = f"Claude {tier_id.title()}"
    return CLOUD.format(id=tier_id, label=label, model=model, url=url, key=key, max_output=max_output)


def write_settings(*blocks: str, head: str = "") -> Home:
    """Write the settings file of this test and return the home."""
    home = Home.find()
    home.prepare()
    home.settings.write_text(head + "\n" + "\n".join(blocks), "utf-8")
    return home


@asynccontextmanager
async def world(home: Home, *, probe: bool = True, **keys: str) -> AsyncIterator[Services]:
    """Start the real services with these keys for the session; not looked at without ``probe``."""
    services = Services(home)
    for name, value in keys.items():
        services.keys.set(name, value, session_only=True)
    try:
        await services.start(probe=probe)
        yield services
    finally:
        await services.close()


async def ask(services: Services, prompt: str, **options: object) -> list[AskEvent]:
    """Ask and return every event."""
    async with aclosing(services.broker.ask(prompt, AskOptions(**options))) as events:  # type: ignore[arg-type] # names are AskOptions' own
        return [event async for event in events]


def text_of(events: list[AskEvent]) -> str:
    """Return the streamed text."""
    return "".join(event.text for event in events if isinstance(event, Delta))


def end_of(events: list[AskEvent]) -> Finished | Failed:
    """Return the last event, which ends every request."""
    last = events[-1]
    assert isinstance(last, Finished | Failed), last
    return last


def csv_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of an exported CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
