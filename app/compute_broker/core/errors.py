"""Errors, split by blame. ``str(error)`` is always a sentence a person may read, without secrets.

BrokerError
├── PersonError            the person can mend it: input, settings, budget, key
│   ├── SettingsError          file, line and remedy
│   ├── BudgetExceededError    a hard budget would be passed
│   └── NoKeyringError         no system keyring to keep a key in
├── EnvironmentFaultError  the machine's: disk, lock, missing engine
│   └── LedgerError
└── ProviderError          a tier's: see ``Fault`` for what to do next
"""

from __future__ import annotations

from enum import StrEnum

from compute_broker.core.usage import Usage


class BrokerError(Exception):
    """Anything this program raises on purpose."""


class PersonError(BrokerError):
    """Something the person can mend; the text says how."""


class SettingsError(PersonError):
    """The settings file cannot be used."""


class BudgetExceededError(PersonError):
    """A hard budget would be passed by this request."""


class NoKeyringError(PersonError):
    """There is no usable system keyring."""


class EnvironmentFaultError(BrokerError):
    """The machine's fault: disk full, file locked, engine missing."""


class LedgerError(EnvironmentFaultError):
    """The ledger cannot be read or written."""


class Fault(StrEnum):
    """What went wrong at a tier, as far as the next step depends on it."""

    UNREACHABLE = "unreachable"
    OVERLOADED = "overloaded"
    RATE_LIMITED = "rate_limited"
    KEY_REFUSED = "key_refused"
    NO_MONEY = "no_money"
    NOT_FOUND = "not_found"
    TOO_LONG = "too_long"
    BAD_REQUEST = "bad_request"
    REFUSED = "refused"
    MALFORMED = "malformed"
    TIMED_OUT = "timed_out"
    CUT_OFF = "cut_off"

    @property
    def outage(self) -> bool:
        """Whether the tier itself is ill, so that a circuit breaker should count it."""
        return self in {
            Fault.UNREACHABLE,
            Fault.OVERLOADED,
            Fault.RATE_LIMITED,
            Fault.MALFORMED,
            Fault.TIMED_OUT,
            Fault.CUT_OFF,
        }


class ProviderError(BrokerError):
    """A tier failed. ``usage`` is what it had reported by then; it may have billed even so.

    ``retry_after`` is in seconds, ``None`` when the provider did not say. ``nobody_there`` tells that nothing
    listens at the tier's address: that is so of every tier there.
    """

    def __init__(
        self,
        fault: Fault,
        message: str,
        *,
        retry_after: float | None = None,
        usage: Usage | None = None,
        may_be_billed: bool = False,
        nobody_there: bool = False,
    ) -> None:
        """Store the fault; ``message`` is what a person reads."""
        super().__init__(message)
        self.fault = fault
        self.retry_after = retry_after
        self.usage = usage
        self.may_be_billed = may_be_billed
        self.nobody_there = nobody_there
