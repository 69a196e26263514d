"""``doctor``: what was found, what is missing, and what to do about it."""

from __future__ import annotations

import asyncio
import json
import os
import platform
import sys
from typing import Any

import click

from compute_broker import __version__
from compute_broker.compose import Services, opened
from compute_broker.core.errors import BrokerError
from compute_broker.core.quote import State
from compute_broker.ledger.store import sqlite_note
from compute_broker.market.discovery import Found, discover

_KEYRING_REMEDY = "install and unlock gnome-keyring or KWallet, or use one of the two choices above"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> int:  # noqa: FBT001 - click passes flags so
    """Look at the settings, keys, tiers, ledger and desktop, and say what to do."""
    findings = asyncio.run(_examine())
    if as_json:
        ok = all(finding["ok"] for finding in findings)
        sys.stdout.write(
            json.dumps({"version": __version__, "ok": ok, "findings": findings}, indent=2) + "\n"
        )
    else:
        for finding in findings:
            sys.stdout.write(f"{'✓' if finding['ok'] else '✗'} {finding['name']}: {finding['found']}\n")
            if finding["todo"]:
                sys.stdout.write(f"    → {finding['todo']}\n")
    return 0 if any(f["name"].startswith("tier ") and f["ok"] for f in findings) else 1


def _finding(name: str, found: str, *, ok: bool = True, todo: str = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "found": found, "todo": todo}


async def _examine() -> list[dict[str, Any]]:
    findings = [
        _finding(
            "program", f"Compute Broker {__version__}, Python {platform.python_version()}, {sys.platform}"
        )
    ]
    try:
        async with opened() as services:
            findings += [_settings(services), *_keys(services), *_tiers(services)]
            findings += [*_servers(services, await discover()), await _ledger(services)]
    except BrokerError as error:
        findings.append(_finding("start", str(error), ok=False, todo="mend that and run doctor again"))
    findings += [_sqlite(), _display()]
    return findings


def _settings(services: Services) -> dict[str, Any]:
    store = services.settings
    if store.problem:
        return _finding("settings", store.problem, ok=False, todo=f"edit {store.path}")
    return _finding("settings", str(store.path))


def _keys(services: Services) -> list[dict[str, Any]]:
    names = sorted({tier.key_name for tier in services.settings.current.tiers if tier.key_name})
    found = []
    for name in names:
        where = services.keys.where(name)
        todo = "" if where else f"compute-broker keys set {name} (or Settings in the tray)"
        found.append(
            _finding(f"key {name}", f"from {where}" if where else "missing", ok=bool(where), todo=todo)
        )
    if services.keys.problem:
        found.append(_finding("keyring", services.keys.problem, ok=False, todo=_KEYRING_REMEDY))
    return found


def _tiers(services: Services) -> list[dict[str, Any]]:
    todo = {
        State.NEEDS_KEY: "enter its key",
        State.DOWN: "start its server, or switch the tier off",
        State.NO_MODEL: "load a model there",
        State.OFF: "",
    }
    return [
        _finding(
            f"tier {quote.tier.id}",
            f"{quote.availability.state.value}: {quote.availability.reason}"
            + ("" if quote.price else f"; no price: {quote.unpriced_reason}"),
            ok=quote.availability.state.usable,
            todo=todo.get(quote.availability.state, ""),
        )
        for quote in services.broker.snapshot
    ]


def _servers(services: Services, found: list[Found]) -> list[dict[str, Any]]:
    """Return the model servers on this machine that no tier uses yet."""
    used = {tier.address.rstrip("/").removesuffix("/v1") for tier in services.settings.current.tiers}
    return [
        _finding(
            f"server {server.base_url}",
            f"{server.note}, not used by any tier",
            todo=f"compute-broker tiers add {server.kind.value} --provider {server.kind.value} "
            f'--model "*" --base-url {server.base_url}',
        )
        for server in found
        if server.base_url not in used
    ]


async def _ledger(services: Services) -> dict[str, Any]:
    from compute_broker.ledger.ledger import Ledger  # noqa: PLC0415 - only doctor checks the whole file

    check = await services.broker.ledger.call(Ledger.verify)
    found = f"{services.home.ledger}: {check.requests} requests, {check.attempts} attempts"
    if check.ok:
        return _finding("ledger", found)
    return _finding(
        "ledger",
        f"{found}; {check.problems[0]}",
        ok=False,
        todo="keep a copy of the file, then restore a backup",
    )


def _sqlite() -> dict[str, Any]:
    return _finding("sqlite", sqlite_note())


def _display() -> dict[str, Any]:
    if sys.platform in {"darwin", "win32"}:
        return _finding("display", "the system's own")
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(variable):
            return _finding("display", f"{variable}={os.environ[variable]}")
    return _finding("display", "none: without arguments the program is a terminal quick ask")
