"""The services as a command opens them: what is wrong with the settings is said before anything else."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from compute_broker import compose
from compute_broker.config.store import SettingsStore


@asynccontextmanager
async def opened(*, probe: bool = True) -> AsyncIterator[compose.Services]:
    """Start the services for one command, and close them whatever happens; see :func:`compose.opened`."""
    async with compose.opened(probe=probe) as services:
        tell_problem(services.settings)
        yield services


def tell_problem(settings: SettingsStore) -> None:
    """Say on standard error that other settings are used than the file asks for, and why."""
    if settings.problem:
        sys.stderr.write(settings.problem + "\n")
        sys.stderr.flush()
