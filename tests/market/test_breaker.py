"""The circuit breaker: when it opens, for how long, and what closes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.market.breaker import (
    FIRST_WAIT,
    LONGEST_RETRY_AFTER,
    LONGEST_WAIT,
    NO_MONEY_WAIT,
    Breaker,
    Circuit,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
OVERLOADED = ProviderError(Fault.OVERLOADED, "overloaded")


def no_jitter() -> float:
    return 1.0


@given(st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_each_failed_trial_waits_longer_up_to_the_longest_whatever_chance_says(chances):
    numbers = iter(chances)
    breaker = Breaker(lambda: next(numbers))
    now, waits = NOON, []
    for _ in chances:
        breaker.fail(OVERLOADED, now)
        assert breaker.circuit(now) is Circuit.OPEN
        waits.append(breaker.retry_at - now)
        now = breaker.retry_at
        assert breaker.circuit(now) is Circuit.HALF_OPEN
    growing = waits[:6]
    assert growing == sorted(set(growing))
    assert FIRST_WAIT * 0.8 <= waits[0] <= FIRST_WAIT
    assert all(wait <= LONGEST_WAIT for wait in waits)
    assert waits[-1] >= LONGEST_WAIT * 0.79


@given(
    st.lists(
        st.tuples(st.sampled_from(["succeed", *Fault]), st.integers(0, 400), st.floats(0, 1e9) | st.none()),
        max_size=40,
    )
)
def test_whatever_happens_an_open_breaker_has_a_reason_and_an_end(steps):
    breaker, now = Breaker(), NOON
    for step, seconds, retry_after in steps:
        now += timedelta(seconds=seconds)
        if step == "succeed":
            breaker.succeed()
            assert breaker.circuit(now) is Circuit.CLOSED
            continue
        breaker.fail(ProviderError(step, "why", retry_after=retry_after), now)
        if breaker.circuit(now) is Circuit.OPEN:
            assert breaker.error is not None
            assert now < breaker.retry_at <= now + LONGEST_RETRY_AFTER


@pytest.mark.parametrize("fault", [fault for fault in Fault if not fault.outage and fault != Fault.NO_MONEY])
def test_what_is_no_outage_never_opens_it(fault):
    breaker = Breaker()
    for _ in range(5):
        breaker.fail(ProviderError(fault, "no"), NOON)
    assert breaker.circuit(NOON) is Circuit.CLOSED


def test_a_crowd_that_fails_together_counts_once():
    breaker = Breaker(no_jitter)
    for _ in range(20):
        breaker.fail(OVERLOADED, NOON)
    assert breaker.retry_at == NOON + FIRST_WAIT


def test_the_providers_own_word_is_obeyed_within_reason_also_when_already_open():
    breaker = Breaker(no_jitter)
    breaker.fail(OVERLOADED, NOON)
    breaker.fail(ProviderError(Fault.RATE_LIMITED, "slow", retry_after=90), NOON)
    assert breaker.retry_at == NOON + timedelta(seconds=90)
    breaker.fail(ProviderError(Fault.RATE_LIMITED, "slow", retry_after=float("inf")), NOON)
    assert breaker.retry_at == NOON + LONGEST_RETRY_AFTER
    odd = Breaker(no_jitter)
    odd.fail(ProviderError(Fault.RATE_LIMITED, "slow", retry_after=float("nan")), NOON)
    assert odd.retry_at == NOON + FIRST_WAIT


def test_one_broken_connection_is_forgiven_and_two_running_are_not():
    breaker = Breaker(no_jitter)
    cut = ProviderError(Fault.CUT_OFF, "broke")
    breaker.fail(cut, NOON)
    assert breaker.circuit(NOON) is Circuit.CLOSED
    breaker.succeed()
    breaker.fail(cut, NOON)
    assert breaker.circuit(NOON) is Circuit.CLOSED
    breaker.fail(cut, NOON)
    assert breaker.circuit(NOON) is Circuit.OPEN


def test_a_listing_heals_a_dead_server_but_not_an_overloaded_one():
    dead, busy = Breaker(), Breaker()
    dead.fail(ProviderError(Fault.UNREACHABLE, "refused"), NOON)
    busy.fail(OVERLOADED, NOON)
    dead.answered()
    busy.answered()
    assert dead.circuit(NOON) is Circuit.CLOSED
    assert busy.circuit(NOON) is Circuit.OPEN


def test_an_empty_account_waits_an_hour():
    breaker = Breaker()
    breaker.fail(ProviderError(Fault.NO_MONEY, "no credit"), NOON)
    assert breaker.retry_at == NOON + NO_MONEY_WAIT
