"""What was found on this machine, what is missing, what to do: for ``doctor`` and for who helps."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from compute_broker import __version__
from compute_broker.compose import Services
from compute_broker.config.gateway_settings import TOKEN_KEY
from compute_broker.config.logs import redact
from compute_broker.core.errors import BrokerError, ProviderError
from compute_broker.core.money import format_usd
from compute_broker.core.quote import State
from compute_broker.ledger.store import sqlite_note
from compute_broker.market.discovery import Found, discover
from compute_broker.market.hardware import words
from compute_broker.net.client import get_json, open_client

_KEYRING_REMEDY = "install and unlock gnome-keyring or KWallet, or use one of the two choices above"
_LINE_BYTES = 400
"""More than our log lines have on the mean."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is as it should be, and if not, what to do."""

    name: str
    found: str
    ok: bool = True
    todo: str = ""

    @property
    def lines(self) -> list[str]:
        """The finding for a person."""
        head = f"{'✓' if self.ok else '✗'} {self.name}: {self.found}"
        return [head, f"    → {self.todo}"] if self.todo else [head]


def _finding(name: str, found: str, *, ok: bool = True, todo: str = "") -> Finding:
    return Finding(name, found, ok, todo)


def program() -> list[Finding]:
    """Return what can be told of the program without its services."""
    about = f"Compute Broker {__version__}, Python {platform.python_version()}, {sys.platform}"
    return [_finding("program", about), _finding("sqlite", sqlite_note()), _display()]


def failed_start(error: BrokerError) -> Finding:
    """Return the finding for services that do not start."""
    return _finding("start", str(error), ok=False, todo="mend that and run doctor again")


async def examine(services: Services) -> list[Finding]:
    """Look at settings, keys, tiers, servers, budgets and ledger, and return what was found."""
    found = [_settings(services), *_keys(services), *_tiers(services)]
    found += [*_servers(services, await discover()), *_budgets(services), *await _machine(services)]
    return [*found, *await _gateway(services), await _ledger(services)]


async def diagnostics(services: Services, *, log_lines: int = 200) -> str:
    """Return a text to send to who helps: findings and the end of the log, without keys, names or prompts.

    Taken out: keys, the person's own privacy words, project names, and the path of the home folder.
    """
    findings = [*program(), *await examine(services)]
    log = await asyncio.to_thread(_tail, services.home.log, log_lines)
    parts = [
        "Compute Broker, diagnostics",
        *(line for finding in findings for line in finding.lines),
        "",
        f"Log, last {len(log)} lines:",
        *log,
    ]
    settings = services.settings.current
    names = [*settings.privacy.words, *(each.project for each in settings.budget.only if each.project)]
    text = redact("\n".join(parts), [*services.keys.secrets(), *names])
    return text.replace(str(Path.home()), "~") + "\n"


def _tail(path: Path, count: int) -> list[str]:
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - count * _LINE_BYTES))
        return file.read().decode("utf-8", "replace").splitlines()[-count:]


def _budgets(services: Services) -> list[Finding]:
    return [
        _finding(
            f"budget per {budget.period}" + (f" for {budget.whose}" if budget.whose else ""),
            f"{format_usd(budget.spent)} of {format_usd(budget.limit)} spent"
            f" ({'stops' if budget.hard else 'only warns'})",
            ok=budget.spent < budget.limit,
            todo="" if budget.spent < budget.limit else "raise it, or wait for the next period",
        )
        for budget in services.broker.spend.budgets
    ]


def _settings(services: Services) -> Finding:
    store = services.settings
    if store.problem:
        return _finding("settings", store.problem, ok=False, todo=f"edit {store.path}")
    return _finding("settings", str(store.path))


def _keys(services: Services) -> list[Finding]:
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


def _tiers(services: Services) -> list[Finding]:
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


def _servers(services: Services, found: list[Found]) -> list[Finding]:
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


async def _machine(services: Services) -> list[Finding]:
    """Return what this machine computes with; what it lacks is no fault, and is told in one line."""
    found = await services.look_at_machine()
    missing = "; ".join(f"{what}: {why}" for what, why in found.absent)
    return [
        *(_finding(f"device {each.name}", words.device(each)) for each in found.devices),
        _finding("machine", words.processor(found.processor)),
        _finding("power", words.battery(found.battery)),
        _finding("electricity of local answers", found.electricity),
        _finding("could run", found.could_run),
        *([_finding("not found", missing)] if missing else []),
    ]


async def _gateway(services: Services) -> list[Finding]:
    """Return whether other programs are answered, where the settings say that they are."""
    wanted = services.settings.current.gateway
    if not wanted.enabled:
        return []
    address = wanted.address
    token = await asyncio.to_thread(services.keys.get, TOKEN_KEY) or ""
    headers = {"x-api-key": token, "user-agent": "compute-broker doctor"}
    async with await open_client(loopback_only=True) as client:
        try:
            status, _ = await get_json(client, f"{address}/models", headers=headers)
        except ProviderError as error:
            todo = "start the tray icon, or: compute-broker gateway serve"
            return [_finding("gateway", str(error), ok=False, todo=todo)]
    if status != HTTPStatus.OK:
        todo = "if another program has that port, choose another one: gateway.port in the settings"
        found = f"{address} answers with status {status} to the token"
        return [_finding("gateway", found, ok=False, todo=todo)]
    return [_finding("gateway", f"answers other programs at {address}")]


async def _ledger(services: Services) -> Finding:
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


def _display() -> Finding:
    if sys.platform in {"darwin", "win32"}:
        return _finding("display", "the system's own")
    for variable in ("WAYLAND_DISPLAY", "DISPLAY"):
        if os.environ.get(variable):
            return _finding("display", f"{variable}={os.environ[variable]}")
    return _finding("display", "none: without arguments the program is a terminal quick ask")
