"""``usage what-if``: what a period would have cost under other rules, from the ledger."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import click

from compute_broker.broker.report import usd_number
from compute_broker.broker.whatif.asking import asked
from compute_broker.broker.whatif.result import Quality, Question, WhatIf
from compute_broker.broker.whatif.words import mode_words, remainder, sentence
from compute_broker.cli.opening import opened
from compute_broker.compose import Services
from compute_broker.core.decision import parse_mode
from compute_broker.core.money import format_usd
from compute_broker.ledger.records import Period

PERIODS = {
    "today": Period.DAY,
    "week": Period.WEEK,
    "month": Period.MONTH,
    "quarter": Period.QUARTER,
    "all": Period.ALL,
}
_TOLD_EACH = 5_000
"""Requests between two words about progress."""
_SAID = {"today": "today", "all": "all that is recorded"}


@click.command("what-if")
@click.option("--mode", help="thrifty, balanced, best, or a number above 0 and up to 1.")
@click.option("--without", multiple=True, metavar="TIER", help="As if this tier had been off. Repeatable.")
@click.option("--all-on", metavar="TIER", help="As if this tier had answered everything it could.")
@click.option("--period", type=click.Choice(list(PERIODS)), default="month", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def what_if(
    mode: str | None,
    without: tuple[str, ...],
    all_on: str | None,
    period: str,
    as_json: bool,  # noqa: FBT001 - click passes flags so
) -> None:
    """Reckon a period anew as if other rules had held: a mode, tiers off, or everything on one tier.

    Nothing is sent and nothing is changed: the policy decides the recorded requests again, at the prices of
    then. What cannot be reckoned counts as it was, and is said.
    """
    if not (mode or without or all_on):
        raise click.UsageError("say what should have been otherwise: --mode, --without or --all-on.")
    if all_on and (mode or without):
        raise click.UsageError("--all-on leaves nothing to choose; leave out --mode and --without.")
    asyncio.run(_what_if(mode, without, all_on, period, as_json=as_json))


async def _what_if(
    mode: str | None, without: tuple[str, ...], all_on: str | None, period: str, *, as_json: bool
) -> None:
    async with opened(probe=False) as services:
        question = _question(services, mode, without, all_on)
        snapshot = services.broker.snapshot
        found = await asked(services.broker.ledger, PERIODS[period], question, snapshot, _told)
        labels = {quote.tier.id: quote.tier.label for quote in snapshot}
    text = json.dumps(report(found, period), indent=2) + "\n" if as_json else _text(found, labels, period)
    sys.stdout.write(text)


def _told(done: int, of: int) -> None:
    """Show on a terminal how far a long reckoning is."""
    if done and done % _TOLD_EACH == 0 and sys.stderr.isatty():
        sys.stderr.write(f"\r{done:,} of {of:,} requests\r")


def _question(services: Services, mode: str | None, without: tuple[str, ...], all_on: str | None) -> Question:
    known = services.broker.snapshot.quotes
    for tier in (*without, *([all_on] if all_on else [])):
        if tier not in known:
            raise click.UsageError(f"there is no tier {tier!r}; there are {', '.join(known)}.")
    if mode is None:
        return Question(without=frozenset(without), all_on=all_on)
    try:
        wanted = parse_mode(mode)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return Question(wanted, frozenset(without), cross_check=services.settings.current.cross_check.of(wanted))


def _text(found: WhatIf, labels: dict[str, str], period: str) -> str:
    lines = [sentence(found, labels, _SAID.get(period, f"this {period}"))]
    for move in found.moves:
        was, would = labels.get(move.was, move.was), labels.get(move.would, move.would)
        sign = "+" if move.cost >= 0 else ""
        what = "other second opinions" if move.was == move.would else f"{was} to {would}"
        what = what if move.would else f"{was}, not asked a second time"
        lines.append(f"  {move.requests:>5}  {what}  {sign}{format_usd(move.cost)}")
    rest = remainder(found)
    return "\n".join([*lines, *([rest] if rest else [])]) + "\n"


def report(found: WhatIf, period: str) -> dict[str, Any]:
    """Return the answer as plain values for JSON."""
    question = found.question
    return {
        "period": period,
        "mode": mode_words(question.mode) if question.mode else None,
        "quality_floor": question.mode.floor if question.mode else None,
        "without": sorted(question.without),
        "all_on": question.all_on,
        "spent_usd": usd_number(found.spent),
        "would_have_spent_usd": usd_number(found.would),
        "quality": _quality(found.quality),
        "would_quality": _quality(found.would_quality),
        "requests": found.requests,
        "reckoned": found.reckoned,
        "reckoned_roughly": found.rough,
        "moved": found.moved,
        "checked_otherwise": found.checked_otherwise,
        "not_asked_again": found.not_asked,
        "moves": [
            {
                "from": move.was,
                "to": move.would or None,
                "requests": move.requests,
                "difference_usd": usd_number(move.cost),
            }
            for move in found.moves
        ],
        "left_as_they_were": {reason.name.lower(): count for reason, count in sorted(found.left_out.items())},
        "by_tier": {
            tier: {"difference_usd": usd_number(change.cost), "requests": change.requests}
            for tier, change in sorted(found.by_tier.items())
        },
        "by_day": {f"{day}": usd_number(cost) for day, cost in sorted(found.by_day.items())},
    }


def _quality(quality: Quality | None) -> dict[str, float] | None:
    if quality is None:
        return None
    return {"mean": round(quality.mean, 4), "low": round(quality.low, 4), "high": round(quality.high, 4)}
