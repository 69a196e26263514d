"""``hardware``: what this machine has to compute with, how busy it is, and what could run on it."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict

import click

from compute_broker.market.hardware import words
from compute_broker.market.hardware.rates import LEAST_SECONDS
from compute_broker.market.survey import Hardware, Survey

PAUSE = LEAST_SECONDS + 0.1
"""Load is the work between two looks, in seconds."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def hardware(as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """Show graphics, neural processors, memory and battery, and the reason for what was not found."""
    survey = Survey()
    survey.read()
    time.sleep(PAUSE)
    found = survey.read()
    if as_json:
        sys.stdout.write(json.dumps(as_tree(found), indent=2) + "\n")
    else:
        sys.stdout.write("\n".join(lines(found)) + "\n")


def as_tree(found: Hardware) -> dict[str, object]:
    """Return the look as JSON's nouns; unknown is null, memory in bytes, loads in [0, 1]."""
    return {**asdict(found), "absent": [{"what": what, "reason": why} for what, why in found.absent]}


def lines(found: Hardware) -> list[str]:
    """Return the look for a person."""
    return [
        *(f"{each.name}: {words.device(each)}" for each in found.devices),
        f"Machine: {words.processor(found.processor)}",
        f"Power: {words.battery(found.battery)}",
        f"Electricity of local answers: {found.electricity}",
        found.could_run,
        "",
        "Not found:",
        *(f"  {what}: {why}" for what, why in found.absent),
    ]
