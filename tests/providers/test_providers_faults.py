"""Faults and sentences: the right one, in time, and never with a secret in it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from compute_broker.core.errors import Fault
from compute_broker.providers.faults import (
    MAX_RETRY_AFTER,
    Complaint,
    clean,
    provider_error,
    read_complaint,
    retry_after,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

WAITS = [
    ({}, None),
    ({"retry-after": "7"}, 7.0),
    ({"retry-after": "0.5"}, 0.5),
    ({"retry-after": "-3"}, 0.0),
    ({"retry-after": "1e30"}, MAX_RETRY_AFTER),
    ({"retry-after": "nan"}, None),
    ({"retry-after": "inf"}, None),
    ({"retry-after": "soon"}, None),
    ({"retry-after": ""}, None),
    ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
    ({"retry-after-ms": "x", "retry-after": "9"}, 9.0),
    ({"retry-after": "Mon, 23 Nov 2026 12:01:30 GMT"}, 90.0),
    ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0.0),
]


@pytest.mark.parametrize(("headers", "seconds"), WAITS)
def test_retry_after_in_seconds_and_as_a_date(headers, seconds) -> None:
    assert retry_after(headers, NOW) == seconds


def test_a_spent_budget_says_when_it_is_reset() -> None:
    resets = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    metadata = {"limit_source": "openrouter_workspace_budget", "resets_at": resets}
    complaint = read_complaint(403, {}, {"error": {"code": 403, "message": "spent", "metadata": metadata}})
    assert complaint.fault is Fault.NO_MONEY
    assert complaint.retry_after == pytest.approx(7200, abs=60)


@pytest.mark.parametrize("unit", [1, 1000])
def test_a_rate_limit_may_say_when_it_is_over(unit) -> None:
    headers = {"x-ratelimit-reset": str(int((time.time() + 90) * unit))}
    assert read_complaint(429, headers, {"error": {"message": "x"}}).retry_after == pytest.approx(90, abs=5)
    assert read_complaint(500, headers, {"error": {"message": "x"}}).retry_after is None
    assert read_complaint(429, {"x-ratelimit-reset": "12"}, {"error": {"message": "x"}}).retry_after is None


@pytest.mark.parametrize("moment", ["never", 12, None, {}])
def test_a_reset_that_is_no_time_is_ignored(moment) -> None:
    assert read_complaint(403, {}, {"error": {"metadata": {"resets_at": moment}}}).retry_after is None


json_like = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
error_like = st.dictionaries(
    st.sampled_from(["error", "message", "code", "type", "metadata", "details", "detail"]),
    json_like
    | st.dictionaries(
        st.sampled_from(["message", "code", "type", "metadata", "details", "error_code"]), json_like
    ),
)


@given(st.integers(200, 599), json_like | error_like, st.dictionaries(st.just("retry-after"), st.text()))
def test_no_error_body_is_too_strange(status, body, headers) -> None:
    error = provider_error("Tier", read_complaint(status, headers, body))
    assert isinstance(error.fault, Fault)
    assert "\n" not in str(error)
    assert len(str(error)) < 400


KEY = "sk-ant-api03-Zx81_canary-77"


@given(st.text(), st.integers(6, len(KEY)), st.text())
@example("Malformed API token provided: ", 10, "****")
def test_no_beginning_of_the_key_survives(before, length, after) -> None:
    assert KEY[:length] not in clean(f"{before}{KEY[:length]}{after}", KEY)


@pytest.mark.parametrize(
    "text",
    [
        "Incorrect API key provided: sk-abcd****wxyz.",
        "bad Bearer abcdef0123",
        "token eyJhbGciOi.eyJzdWIiOi.c2ln",
        "sk-or-v1-0123456789",
    ],
)
def test_what_looks_like_a_key_is_taken_out(text) -> None:
    cleaned = clean(text)
    assert "***" in cleaned
    assert not any(part in cleaned for part in ("abcd", "eyJ", "012345"))


def test_ordinary_words_are_left_alone() -> None:
    text = "the key limit is reached; ask the bearer of bad news, sk 8"
    assert clean(text) == text


def test_a_long_message_is_cut_and_put_on_one_line() -> None:
    cleaned = clean("line\n" * 500)
    assert cleaned.startswith("line line")
    assert len(cleaned) == 160


STATUSES = {
    Complaint(503): Fault.OVERLOADED,
    Complaint(429, retry_after=1.2): Fault.RATE_LIMITED,
    Complaint(401, "secret details"): Fault.KEY_REFUSED,
    Complaint(402): Fault.NO_MONEY,
    Complaint(404): Fault.NOT_FOUND,
    Complaint(413): Fault.TOO_LONG,
    Complaint(422): Fault.BAD_REQUEST,
    Complaint(200): Fault.MALFORMED,
    Complaint(302): Fault.MALFORMED,
    Complaint(408): Fault.TIMED_OUT,
    Complaint(403, moderated=True): Fault.REFUSED,
}


@pytest.mark.parametrize(("complaint", "fault"), STATUSES.items())
def test_every_fault_has_a_sentence(complaint, fault) -> None:
    error = provider_error("Kimi", complaint)
    assert error.fault is fault
    assert "Kimi" in str(error)
    assert "secret" not in str(error)
    assert "{" not in str(error)
