"""``gateway``: answer other programs without a tray, and tell the token they need."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

import click

from compute_broker.cli.opening import opened
from compute_broker.config.gateway_settings import LEAST_PORT, MOST_PORT, TOKEN_KEY
from compute_broker.config.keys import KeyStore
from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.gateway.gateway import Gateway
from compute_broker.gateway.token import new_token


@click.group()
def gateway() -> None:
    """Let other programs on this machine ask, as they would ask OpenAI or Anthropic."""


@gateway.command()
@click.option("--port", type=click.IntRange(LEAST_PORT, MOST_PORT), help="Listen here; else at gateway.port.")
def serve(port: int | None) -> None:
    """Answer other programs until Ctrl-C, where no tray icon does that."""
    asyncio.run(_serve(port or 0))


@gateway.command()
def token() -> None:
    """Print the token that programs give as their API key; the first time one is made."""
    keys = KeyStore()
    found = keys.get(TOKEN_KEY)
    if not found:
        found = new_token()
        keys.set(TOKEN_KEY, found)
    click.echo(found)


async def _serve(port: int) -> None:
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C ends the run by itself
            asyncio.get_running_loop().add_signal_handler(name, ended.set)
    async with opened(probe=False) as services:
        await services.watch()  # before it is known what there is and costs, no prompt can be answered
        gateway = Gateway(services.broker, services.settings, services.keys)
        try:
            await gateway.start(always=True, port=port)
            _tell(gateway)
            await ended.wait()
        finally:
            await gateway.close()


def _tell(gateway: Gateway) -> None:
    """Say where it listens, and what programs need."""
    standing = gateway.standing
    if not standing.address:
        raise EnvironmentFaultError(standing.problem)
    key = "compute-broker gateway token" if standing.kept else f"{gateway.token} (until this ends)"
    sys.stderr.write(f"Other programs are answered at {standing.address}\nTheir API key: {key}\n")
    sys.stderr.flush()
