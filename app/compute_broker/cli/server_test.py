"""``tiers test``: what answers at an address, or what is wrong there."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import click

from compute_broker.compose import Services
from compute_broker.core.errors import PersonError
from compute_broker.core.tier import Place
from compute_broker.market.server_check import Report


@click.command()
@click.argument("address", metavar="ADDRESS")
@click.option("--key", help="Name of the keyring entry that holds its key (never the key itself).")
@click.option("--place", type=click.Choice([place.value for place in Place]), help="Where it stands.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def test(address: str, key: str | None, place: str | None, *, as_json: bool) -> None:
    """Test a server: its kind, its models, and whether a tier could use it."""
    services = Services()
    secret = ""
    if key is not None:
        secret = services.keys.get(key) or ""
        if not secret:
            raise PersonError(f"There is no key {key!r}; store it with: compute-broker keys set {key}.")
    report = asyncio.run(services.test_server(address, secret, Place(place) if place else None))
    if not report.usable:
        raise PersonError(report.sentence)
    sys.stdout.write((json.dumps(server_report(report), indent=2) if as_json else told(report)) + "\n")
    sys.exit(0 if report.good else 1)


def server_report(report: Report) -> dict[str, Any]:
    """Return what was found as the command line's JSON shows it."""
    found = report.found
    return {
        "good": report.good,
        "sentence": report.sentence,
        "provider": found.kind.value if found else None,
        "base_url": found.base_url if found else None,
        "models": list(found.models) if found else [],
        "wants_key": found.wants_key if found else None,
    }


def told(report: Report) -> str:
    """Return the sentence, the models, and the command that makes a tier of it."""
    if report.found is None or not report.good:
        return report.sentence
    found = report.found
    lines = [report.sentence, *(f"  {model}" for model in found.models)]
    model = found.models[0] if len(found.models) == 1 else "MODEL"
    add = f"compute-broker tiers add ID --provider {found.kind.value} --model {model}"
    return "\n".join([*lines, f"Add it with: {add} --base-url {found.base_url}"])
