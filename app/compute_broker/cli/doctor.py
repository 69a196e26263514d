"""``doctor``: what was found, what is missing, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import asdict

import click

from compute_broker import __version__
from compute_broker.compose import opened
from compute_broker.core.errors import BrokerError
from compute_broker.diagnostics import Finding, diagnostics, examine, failed_start, program


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--full", is_flag=True, help="With the end of the log, to send to who helps; keys are taken out."
)
def doctor(as_json: bool, full: bool) -> int:  # noqa: FBT001 - click passes flags so
    """Look at the settings, keys, tiers, ledger and desktop, and say what to do.

    Exit code 1, and "ok" false in JSON, when no tier can answer; each finding says how it stands itself.
    """
    if full:
        sys.stdout.write(asyncio.run(_full()))
        return 0
    findings = asyncio.run(_examine())
    able = any(finding.name.startswith("tier ") and finding.ok for finding in findings)
    if as_json:
        told = [asdict(finding) for finding in findings]
        sys.stdout.write(json.dumps({"version": __version__, "ok": able, "findings": told}, indent=2) + "\n")
    else:
        lines = [line for finding in findings for line in finding.lines]
        sys.stdout.write("\n".join(lines) + "\n")
    return 0 if able else 1


async def _examine() -> list[Finding]:
    first, *rest = program()
    try:
        async with opened() as services:
            return [first, *await examine(services), *rest]
    except BrokerError as error:
        return [first, failed_start(error), *rest]


async def _full() -> str:
    async with opened() as services:
        return await diagnostics(services)
