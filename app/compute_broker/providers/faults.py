"""What a provider complains about, as a fault and a sentence. Neither ever carries a secret.

The vocabulary is of facts/anthropic (section 4), facts/openrouter (errors), facts/lmstudio (section 8) and
facts/local-servers. The kind of error counts first, then OpenRouter's reason for a 402 or 403, then the
HTTP status, since several servers use one status for very different things.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.texts import tr
from compute_broker.core.usage import Usage

MAX_RETRY_AFTER = 7 * 24 * 3600.0
"""Nobody waits longer than a week, in seconds; a larger figure is taken for this one."""

_FIRST_UNIX_TIME = 1_000_000_000
"""A smaller number is a span, whose unit nobody documents, and no time of this century."""

_MAX_WORDS = 160
_KEY_LIKE = re.compile(
    r"\b(?:(?:sk|pk|rk)-[\w*.-]{4,}|Bearer\s+(?=\S*\d)\S{6,}|eyJ[\w.-]{8,})", re.IGNORECASE
)

_BY_WORD = {
    **dict.fromkeys(
        (
            "authentication_error",
            "authentication",
            "invalid_api_key",
            "permission_error",
            "permission_denied",
        ),
        Fault.KEY_REFUSED,
    ),
    **dict.fromkeys(
        (
            "billing_error",
            "insufficient_quota",
            "enforced_spend_limit_reached",
            "contract_spend_limit_reached",
            "linked_organization_spend_limit_reached",
            "openrouter_credits",
            "openrouter_key_limit",
            "openrouter_guardrail_budget",
            "openrouter_workspace_budget",
        ),
        Fault.NO_MONEY,
    ),
    **dict.fromkeys(
        ("rate_limit_error", "rate_limit_exceeded", "ramp_limit_exceeded", "openrouter_in_flight_budget"),
        Fault.RATE_LIMITED,
    ),
    **dict.fromkeys(
        (
            "overloaded_error",
            "api_error",
            "provider_overloaded",
            "provider_unavailable",
            "unavailable_error",
            "server",
            "server_error",
            "internal_error",
            "internal_server_error",
        ),
        Fault.OVERLOADED,
    ),
    **dict.fromkeys(("timeout_error", "timeout"), Fault.TIMED_OUT),
    **dict.fromkeys(("not_found_error", "not_found", "model_not_found"), Fault.NOT_FOUND),
    **dict.fromkeys(
        (
            "context_length_exceeded",
            "token_limit_exceeded",
            "string_too_long",
            "request_too_large",
            "payload_too_large",
            "exceed_context_size_error",
        ),
        Fault.TOO_LONG,
    ),
    **dict.fromkeys(("content_policy_violation", "refusal", "content_filter"), Fault.REFUSED),
}

_BY_STATUS = {
    401: Fault.KEY_REFUSED,
    402: Fault.NO_MONEY,
    403: Fault.KEY_REFUSED,
    404: Fault.NOT_FOUND,
    408: Fault.TIMED_OUT,
    413: Fault.TOO_LONG,
    429: Fault.RATE_LIMITED,
    504: Fault.TIMED_OUT,
    524: Fault.TIMED_OUT,
}

_BY_PHRASE = (
    (("prompt is too long", "maximum context length", "context size", "context length"), Fault.TOO_LONG),
    (("credit balance is too low", "api usage limits"), Fault.NO_MONEY),
    (("no models loaded", "unexpected endpoint", "model identifier"), Fault.NOT_FOUND),
)
"""Servers that say it in the message only (Anthropic, vLLM, LM Studio)."""

_SENTENCES = {
    Fault.UNREACHABLE: tr("{who} cannot be reached{words}"),
    Fault.OVERLOADED: tr("{who} is overloaded or broken at the moment{words}"),
    Fault.RATE_LIMITED: tr("{who} asks to be sent fewer prompts{wait}{words}"),
    Fault.KEY_REFUSED: tr("{who} refuses the key: check it in Settings"),
    Fault.NO_MONEY: tr("{who} has no money left for this: top up the account or raise its limit{words}"),
    Fault.NOT_FOUND: tr("{who} does not have this model: check its name, or load it there{words}"),
    Fault.TOO_LONG: tr("the prompt is too long for {who}{words}"),
    Fault.BAD_REQUEST: tr("{who} does not take this request{words}"),
    Fault.REFUSED: tr("{who} declined to answer this prompt{words}"),
    Fault.MALFORMED: tr("{who} sent something that is no answer{words}"),
    Fault.TIMED_OUT: tr("{who} gave up waiting for its own model{words}"),
    Fault.CUT_OFF: tr("{who} broke off in the middle{words}"),
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """An error as a provider reported it. ``words`` are its machine-readable names, most telling first."""

    status: int
    message: str = ""
    words: tuple[str, ...] = ()
    moderated: bool = False
    retry_after: float | None = None

    @property
    def fault(self) -> Fault:
        """What it means for the next step."""
        if self.moderated:
            return Fault.REFUSED
        for word in self.words:
            if word in _BY_WORD:
                return _BY_WORD[word]
        said = self.message.lower()
        for phrases, fault in _BY_PHRASE:
            if any(phrase in said for phrase in phrases):
                return fault
        if self.status == 402 and self.retry_after is not None:  # noqa: PLR2004 - HTTP's own numbers
            return Fault.RATE_LIMITED
        if self.status < 400 and any(word.startswith("invalid_") for word in self.words):  # noqa: PLR2004 - likewise
            return Fault.BAD_REQUEST
        return _by_status(self.status)


def read_complaint(status: int, headers: Mapping[str, str], body: Any) -> Complaint:
    """Return what an error body says. It may be an object, a bare string, or nothing readable.

    A numeric ``code`` in the body is the real status when HTTP's own is 200.
    """
    error = body.get("error", body) if isinstance(body, dict) else body
    if not isinstance(error, dict):
        return Complaint(status, str(error or ""), retry_after=retry_after(headers))
    metadata, details = _object(error.get("metadata")), _object(error.get("details"))
    code = error.get("code")
    candidates = (
        metadata.get("limit_source"),
        details.get("error_code"),
        metadata.get("error_type"),
        code if isinstance(code, str) else None,
        error.get("type"),
    )
    inner = code if isinstance(code, int) and 400 <= code < 600 else status  # noqa: PLR2004 - HTTP's errors
    return Complaint(
        status=status if status >= 400 else inner,  # noqa: PLR2004 - likewise
        message=str(error.get("message") or error.get("detail") or ""),
        words=tuple(word.lower() for word in candidates if isinstance(word, str)),
        moderated=bool(metadata.get("reasons") or metadata.get("flagged_input")),
        retry_after=_first(retry_after(headers), _until(metadata.get("resets_at")), _reset(status, headers)),
    )


def provider_error(
    who: str,
    complaint: Complaint,
    *,
    key: str | None = None,
    usage: Usage | None = None,
    billed: bool = False,
) -> ProviderError:
    """Return ``complaint`` as an error of the tier called ``who``; ``key`` is kept out of its text."""
    words = clean(complaint.message, key)
    if 300 <= complaint.status < 400:  # noqa: PLR2004 - HTTP's redirects
        words = tr("it points to another address, which is never followed: enter the right one in Settings")
    wait = complaint.retry_after
    text = _SENTENCES[complaint.fault].format(
        who=who,
        words=f" ({words})" if words else "",
        wait=tr(" for {ceil} s", ceil=math.ceil(wait)) if wait else "",
    )
    return ProviderError(
        complaint.fault, text, retry_after=wait, usage=usage, may_be_billed=billed or usage is not None
    )


def clean(text: str, key: str | None = None) -> str:
    """Return ``text`` on one line, short, without the key, any beginning of it, or anything like one."""
    line = " ".join(text.split())
    if key:
        for length in range(len(key), 5, -1):
            line = line.replace(key[:length], "***")
    line = _KEY_LIKE.sub("***", line)
    return line if len(line) <= _MAX_WORDS else line[: _MAX_WORDS - 1] + "…"


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Return the seconds to wait that ``retry-after-ms`` or ``retry-after`` (seconds or an HTTP date) gives.

    ``None`` when there is none or it makes no sense; never negative, never above ``MAX_RETRY_AFTER``.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return _clamp(milliseconds / 1000)
    text = headers.get("retry-after")
    seconds = _number(text)
    if seconds is not None or text is None:
        return None if seconds is None else _clamp(seconds)
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - brings a whole e-mail parser

    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return _seconds_until(moment, now)


def _by_status(status: int) -> Fault:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:  # noqa: PLR2004 - HTTP's own numbers
        return Fault.OVERLOADED
    return Fault.BAD_REQUEST if status >= 400 else Fault.MALFORMED  # noqa: PLR2004 - likewise


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _first(*values: float | None) -> float | None:
    return next((value for value in values if value is not None), None)


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _clamp(seconds: float) -> float:
    return min(max(0.0, seconds), MAX_RETRY_AFTER)


def _until(moment: Any) -> float | None:
    try:
        return _seconds_until(datetime.fromisoformat(str(moment)), None) if moment else None
    except ValueError:
        return None


def _reset(status: int, headers: Mapping[str, str]) -> float | None:
    """Return the seconds until ``x-ratelimit-reset``, a Unix time in milliseconds or seconds, on a 429."""
    moment = _number(headers.get("x-ratelimit-reset")) if status == 429 else None  # noqa: PLR2004 - HTTP's own
    if moment is None or moment < _FIRST_UNIX_TIME:
        return None
    seconds = moment / 1000 if moment >= _FIRST_UNIX_TIME * 1000 else moment
    return _clamp(seconds - time.time())


def _seconds_until(moment: datetime, now: datetime | None) -> float:
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return _clamp((aware - (now or datetime.now(UTC))).total_seconds())
