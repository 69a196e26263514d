"""Rate-limit headers of every dialect: moments, spans, Unix times, and what is nothing of the kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.headroom import RateHeadroom
from compute_broker.providers.rate_headers import ANTHROPIC, OPENAI, headroom, reset_time

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-23T12:00:40Z", 40),
        ("2026-11-23T13:00:40+01:00", 40),
        ("1m12.5s", 72.5),
        ("6h0m", 21_600),
        ("250ms", 0.25),
        ("17", 17),
        ("1795435260", 60),
        ("1795435260000", 60),
        ("2d", 172_800),
    ],
)
def test_a_reset_is_read_in_every_spelling(text, seconds):
    assert reset_time(text, NOW) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "soon", "-3", "1e9", "9" * 16, "2099-01-01T00:00:00Z", "٣"])
def test_what_is_no_reset_is_none(text):
    assert reset_time(text, NOW) is None


@given(st.text(max_size=40))
def test_no_header_whatever_breaks_the_reading(text):
    found = reset_time(text, NOW)
    assert found is None or found - NOW <= timedelta(days=31)
    headroom({OPENAI.format(figure="remaining", what="tokens"): text}, OPENAI, NOW)


def test_headers_without_a_remaining_figure_say_nothing():
    assert headroom({"anthropic-ratelimit-requests-limit": "50"}, ANTHROPIC, NOW) == []
    left = {"x-ratelimit-remaining-requests": "3", "x-ratelimit-limit-requests": "60"}
    assert headroom({**left, "x-ratelimit-reset-requests": "20s"}, OPENAI, NOW) == [
        RateHeadroom(3, None, 60, requests_reset=NOW + timedelta(seconds=20))
    ]


@pytest.mark.parametrize(
    ("rate", "seconds"),
    [
        (RateHeadroom(999, 499_000, 1000, 500_000), None),
        (RateHeadroom(0, 499_000, 1000, 500_000, NOW + timedelta(seconds=9)), 9),
        (RateHeadroom(500, 4_000, 1000, 500_000, None, NOW + timedelta(seconds=30)), 30),
        (RateHeadroom(0, None), 60),
        (RateHeadroom(1, None), None),
        (RateHeadroom(), None),
    ],
)
def test_a_limit_is_as_good_as_used_up_below_a_fiftieth_of_it(rate, seconds):
    until = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert rate.spent_until(NOW) == until
