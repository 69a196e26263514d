"""The settings file's words as the nouns that market and broker work with."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from compute_broker.config.plan_settings import PlanSettings
from compute_broker.config.schema import BudgetSettings, Settings
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.ability import Ability
from compute_broker.core.money import nanos_from_usd
from compute_broker.core.plan import Plan
from compute_broker.core.private import PrivacyRules
from compute_broker.core.task import Category
from compute_broker.core.tier import Tier
from compute_broker.ledger.records import BudgetLimit, Period
from compute_broker.market.abilities import ability_row
from compute_broker.market.person_price import PersonPrice
from compute_broker.market.terms import Terms

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
        corrections={
            category: _ability(given, category) for category, given in (settings.ability or {}).items()
        },
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
        nanos_per_kwh=nanos_from_usd(settings.electricity.usd_per_kwh),
    )


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
