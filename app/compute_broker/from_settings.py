"""The settings file's words as the nouns that market and broker work with."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache

from compute_broker.config.hours import DAYS
from compute_broker.config.local_rules import LocalRules
from compute_broker.config.plan_settings import PlanSettings
from compute_broker.config.power_settings import Electricity, HardwareCost
from compute_broker.config.price_settings import HostSettings
from compute_broker.config.schema import BudgetSettings, Settings
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.ability import Ability
from compute_broker.core.hosts import HostPreferences
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.plan import Plan
from compute_broker.core.private import PrivacyRules
from compute_broker.core.task import Category
from compute_broker.core.tier import Tier
from compute_broker.ledger.records import BudgetLimit, Period
from compute_broker.market.abilities import ability_row
from compute_broker.market.person_price import PersonPrice
from compute_broker.market.rules import LocalRule
from compute_broker.market.tariff import Span, Tariff
from compute_broker.market.terms import Terms
from compute_broker.market.wear import Wear, nanos_per_hour

CORRECTION_SD = 0.2
"""How sure a person's own figure for an ability is, in logits."""


def tier_of(settings: TierSettings) -> Tier:
    """Return the tier that a ``[[tiers]]`` block describes, with its row of abilities."""
    return Tier(
        id=settings.id,
        label=settings.label or settings.id,
        place=settings.where,
        provider=settings.provider,
        model=settings.model,
        abilities=ability_row(settings.model, settings.effort),
        base_url=settings.address,
        key_name=settings.key_name,
        effort=settings.effort,
        enabled=settings.enabled,
        max_output_tokens=settings.max_output_tokens,
        context_tokens=settings.context_tokens,
        hosts=hosts_of(settings.hosts),
        corrections={
            category: _ability(given, category) for category, given in (settings.ability or {}).items()
        },
    )


def hosts_of(settings: HostSettings) -> HostPreferences:
    """Return the person's wishes about hosts."""
    return HostPreferences(
        tuple(settings.only),
        tuple(settings.ignore),
        tuple(settings.order),
        settings.sort,
        settings.deny_data_collection,
        settings.zero_data_retention,
        None if settings.max_price_in is None else nanos_from_usd(settings.max_price_in),
        None if settings.max_price_out is None else nanos_from_usd(settings.max_price_out),
    )


def tiers_of(settings: Settings) -> list[Tier]:
    """Return the tiers of the settings, in their order."""
    return [tier_of(tier) for tier in settings.tiers]


def _ability(given: float | str, category: Category) -> Ability:
    """Return an ability as the person gave it: logits, or ``like MODEL``. They are taken at their word."""
    if isinstance(given, str):
        return replace(ability_row(given.removeprefix("like ")).ability(category), sd=CORRECTION_SD)
    return Ability(given, CORRECTION_SD)


@lru_cache(maxsize=2)
def privacy_rules(words: tuple[str, ...], presets: tuple[str, ...]) -> PrivacyRules:
    """Return the person's privacy rules, prepared once for each change of the settings."""
    return PrivacyRules(words, presets)


def limits_of(settings: Settings) -> tuple[BudgetLimit, ...]:
    """Return the budgets that have an amount."""
    named: tuple[tuple[Period, BudgetSettings], ...] = (
        (Period.DAY, settings.budget.daily),
        (Period.WEEK, settings.budget.weekly),
        (Period.MONTH, settings.budget.monthly),
    )
    general = tuple(
        BudgetLimit(period, nanos_from_usd(budget.amount), budget.hard)
        for period, budget in named
        if budget.amount is not None
    )
    scoped = tuple(
        BudgetLimit(Period(each.period), nanos_from_usd(each.amount), each.hard, each.source, each.project)
        for each in settings.budget.only
    )
    return general + scoped


def terms_of(settings: Settings) -> Terms:
    """Return the person's own figures, as the market takes them."""
    return Terms(
        prices={
            tier.id: PersonPrice(nanos_from_usd(tier.price_in), nanos_from_usd(tier.price_out))
            for tier in settings.tiers
            if tier.price_in is not None and tier.price_out is not None
        },
        watts={tier.id: tier.watts for tier in settings.tiers if tier.watts is not None},
        spots={tier.id: tier.spot for tier in settings.tiers if tier.spot},
        spot_every=timedelta(seconds=settings.prices.spot_seconds),
        tariff=_tariff_of(settings.electricity),
        wear=_wear_of(settings.hardware),
        rule=_rule_of(settings.local),
    )


def _tariff_of(electricity: Electricity) -> Tariff:
    return Tariff(
        nanos_from_usd(electricity.usd_per_kwh),
        tuple(
            (
                Span(*block.times, frozenset(DAYS.index(day) for day in block.days)),
                nanos_from_usd(block.usd_per_kwh),
            )
            for block in electricity.hours
        ),
    )


def _wear_of(hardware: HardwareCost) -> Wear:
    if hardware.paid is None:
        return Wear()
    loss = nanos_from_usd(hardware.paid - hardware.resale)
    return Wear(nanos_per_hour(loss, hardware.years, hardware.hours_per_day), frozenset(hardware.tiers))


def _rule_of(local: LocalRules) -> LocalRule:
    return LocalRule(local.least_charge, tuple(local.spans), avoid_metered=local.metered == "avoid")


def plans_of(settings: Settings) -> dict[str, Plan]:
    """Return the plans of the tiers that are paid by one."""
    return {tier.id: plan_of(tier.plan) for tier in settings.tiers if tier.plan is not None}


def plan_of(plan: PlanSettings) -> Plan:
    """Return the plan that ``plan = {...}`` describes."""
    day, at = plan.week_start
    return Plan(
        plan.window_hours,
        requests=plan.requests,
        tokens=plan.tokens,
        week_requests=plan.week_requests,
        week_tokens=plan.week_tokens,
        week_day=day,
        week_time=at,
        stops=plan.then == "stop",
    )
