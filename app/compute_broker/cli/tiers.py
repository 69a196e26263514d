"""``tiers``: what there is, what it costs now, and the switches."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from compute_broker.broker.price_words import both, price_age
from compute_broker.broker.report import usd_number
from compute_broker.cli.opening import opened
from compute_broker.cli.server_test import test
from compute_broker.cli.standing import standing_report
from compute_broker.cli.tier_plans import plan
from compute_broker.config.edits import add_tier, remove_tier, set_ability, set_tier_value
from compute_broker.config.home import Home
from compute_broker.config.store import SettingsStore
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.errors import SettingsError
from compute_broker.core.money import format_rate
from compute_broker.core.price import TokenRates
from compute_broker.core.quote import Quote, Snapshot
from compute_broker.core.task import Category
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.ledger.ledger import Ledger
from compute_broker.net.address import check_base_url


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.pass_context
def tiers(context: click.Context, as_json: bool) -> None:  # noqa: FBT001 - click passes flags so
    """List the tiers with their state and price now, or change them."""
    if context.invoked_subcommand is None:
        asyncio.run(_list(as_json=as_json))


@tiers.command()
@click.argument("tier_id", metavar="ID")
@click.option("--provider", required=True, type=click.Choice([kind.value for kind in ProviderKind]))
@click.option("--model", required=True, help="Model id; * takes whatever the server has loaded.")
@click.option("--base-url", help="Address, when it is not the provider's usual one.")
@click.option("--place", type=click.Choice([place.value for place in Place]))
@click.option("--label", help="What the menu shows.")
@click.option("--key", help="Name of the keyring entry that holds its key (never the key itself).")
@click.option("--price-in", help="Your own price, USD per million tokens in.")
@click.option("--price-out", help="Your own price, USD per million tokens out.")
def add(
    tier_id: str,
    provider: str,
    model: str,
    base_url: str | None,
    place: str | None,
    label: str | None,
    key: str | None,
    price_in: str | None,
    price_out: str | None,
) -> None:
    """Add a tier."""
    if (price_in is None) != (price_out is None):
        raise click.UsageError("Give both --price-in and --price-out, or neither.")
    store = SettingsStore(Home.find())
    if store.current.tier(tier_id):
        raise SettingsError(f"There is a tier {tier_id!r} already; remove it first or take another id.")
    values = {
        "id": tier_id,
        "label": label or tier_id,
        "provider": provider,
        "model": model,
        "place": place,
        "base_url": base_url,
        "key": key,
        "price_in": _price(price_in, "--price-in"),
        "price_out": _price(price_out, "--price-out"),
    }
    if base_url:
        check_base_url(base_url, _place(tier_id, provider, base_url, place))
    store.update(add_tier(values))
    click.echo(f"Added {tier_id}.")


@tiers.command()
@click.argument("tier_id", metavar="ID")
def remove(tier_id: str) -> None:
    """Remove a tier; what it cost stays in the ledger."""
    SettingsStore(Home.find()).update(remove_tier(tier_id))
    click.echo(f"Removed {tier_id}.")


@tiers.command()
@click.argument("tier_id", metavar="ID")
def enable(tier_id: str) -> None:
    """Switch a tier on."""
    SettingsStore(Home.find()).update(set_tier_value(tier_id, "enabled", value=True))
    click.echo(f"{tier_id} is on.")


@tiers.command()
@click.argument("tier_id", metavar="ID")
def disable(tier_id: str) -> None:
    """Switch a tier off: it gets no prompts until it is switched on again."""
    SettingsStore(Home.find()).update(set_tier_value(tier_id, "enabled", value=False))
    click.echo(f"{tier_id} is off.")


@tiers.command()
@click.argument("tier_id", metavar="ID")
def confirm(tier_id: str) -> None:
    """Believe a price that changed so suddenly that it is held. A running tray takes it over in a minute."""
    if SettingsStore(Home.find()).current.tier(tier_id) is None:
        raise SettingsError(f"There is no tier {tier_id!r}; see: compute-broker tiers")
    with Ledger.open(Home.find().ledger) as ledger:
        held = ledger.believe_price(tier_id)
    if held is None or held.input is None or held.output is None:
        raise SettingsError(f"No price of {tier_id} is held; see: compute-broker prices history {tier_id}")
    click.echo(f"{tier_id}: {both(TokenRates(held.input, held.output))} per million tokens is believed.")


@tiers.command()
@click.argument("tier_id", metavar="ID")
@click.argument("category", type=click.Choice([category.value for category in Category]))
@click.argument("value", required=False)
@click.option("--reset", is_flag=True, help="Go back to the table's figure.")
def ability(tier_id: str, category: str, value: str | None, reset: bool) -> None:  # noqa: FBT001
    """Correct what a tier can do: VALUE in logits (0 is Llama 3.1 8B), or "like MODEL"."""
    if reset == (value is not None):
        raise click.UsageError('Give a value such as 2.5 or "like claude-opus-5-5", or --reset.')
    SettingsStore(Home.find()).update(set_ability(tier_id, category, _logits(value)))
    click.echo(f"{tier_id}, {category}: {'as in the table' if reset else value}.")


tiers.add_command(plan)
tiers.add_command(test)


def _logits(text: str | None) -> str | Decimal | None:
    if text is None or text.startswith("like "):
        return text
    if (value := _finite(text)) is None:
        raise click.UsageError(f'{text!r} is no ability; write a figure such as 2.5, or "like MODEL".')
    return value


def _finite(text: str) -> Decimal | None:
    """Return the number that ``text`` is; ``None`` for anything else, infinity included."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _place(tier_id: str, provider: str, base_url: str, place: str | None) -> Place:
    """Return where the tier would stand: what the settings will say of it, so that the check is the same."""
    try:
        return TierSettings(
            id=tier_id,
            provider=ProviderKind(provider),
            base_url=base_url,
            place=Place(place) if place else None,
        ).where
    except ValueError as error:
        raise SettingsError(str(error).removeprefix("base_url: ")) from error


def _price(text: str | None, option: str) -> Decimal | None:
    if text is None:
        return None
    price = _finite(text)
    if price is None or price < 0:
        raise click.BadParameter(
            f"{text!r} is no price; write dollars per million tokens such as 0.50", param_hint=option
        )
    return price


async def _list(*, as_json: bool) -> None:
    async with opened() as services:
        snapshot = services.broker.snapshot
    if as_json:
        sys.stdout.write(json.dumps([tier_report(quote) for quote in snapshot], indent=2) + "\n")
    else:
        sys.stdout.write(_table(snapshot))


def tier_report(quote: Quote) -> dict[str, Any]:
    """Return one tier as the command line's JSON shows it; unknown is ``null``."""
    tier, seen, price, now = quote.tier, quote.availability, quote.price, datetime.now(UTC)
    return {
        "id": tier.id,
        "label": tier.label,
        "place": tier.place.value,
        "provider": tier.provider.value,
        "model": seen.model or tier.model,
        "enabled": tier.enabled,
        "state": seen.state.value,
        "state_reason": seen.reason,
        "passed_over": quote.rule or None,
        "price_in_usd_per_mtok": usd_number(price.rates.input) if price else None,
        "price_out_usd_per_mtok": usd_number(price.rates.output) if price else None,
        "price_source": price.source if price else None,
        "price_time": price.as_of.isoformat() if price else None,
        "price_kind": quote.price_kind.value if quote.price_kind else None,
        "price_age_seconds": round((now - price.as_of).total_seconds()) if price else None,
        "held_price": _held(quote),
        "cost_basis": price.basis.value if price else None,
        "unpriced_reason": quote.unpriced_reason or None,
        "context_tokens": quote.context_tokens,
        "tokens_per_second": quote.tokens_per_second,
        "first_token_ms": quote.first_token_ms,
        "speed_source": quote.speed_source or None,
        "abilities_estimated": tier.abilities.estimated,
        **standing_report(quote),
    }


def _held(quote: Quote) -> dict[str, Any] | None:
    if quote.held is None:
        return None
    return {
        "price_in_usd_per_mtok": usd_number(quote.held.new.input),
        "price_out_usd_per_mtok": usd_number(quote.held.new.output),
        "price_kind": quote.held.kind.value,
        "price_time": quote.held.as_of.isoformat(),
    }


def _from(quote: Quote, now: datetime) -> str:
    """Return the kind of source and the age, short enough for a column."""
    if quote.price is None or quote.price_kind is None:
        return "–"
    held = ", change held" if quote.held is not None else ""
    old = price_age(quote, now)
    return f"{quote.price_kind.value}{', ' if old else ''}{old}{held}"


def _table(snapshot: Snapshot) -> str:
    rows = [("tier", "label", "place", "state", "in /M", "out /M", "price from", "reason")]
    now = datetime.now(UTC)
    for quote in snapshot:
        price = quote.price
        rows.append(
            (
                quote.tier.id,
                quote.tier.label,
                quote.tier.place.value,
                quote.availability.state.value,
                format_rate(price.rates.input if price else None),
                format_rate(price.rates.output if price else None),
                _from(quote, now),
                quote.rule or quote.availability.reason,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        lines.append("  ".join([*cells, row[-1]]).rstrip())
    return "\n".join(lines) + "\n"
