"""A warning in the log is a failure, unless the test said that it was coming."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class LogGuard(logging.Handler):
    """Collects records of WARNING and above, and judges them when the test is over."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: list[str] = []
        self._allowed: list[re.Pattern[str]] = []
        self._expected: list[re.Pattern[str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record as ``LEVEL logger: message``."""
        trouble = f"\n{logging.Formatter().formatException(record.exc_info)}" if record.exc_info else ""
        self._records.append(f"{record.levelname} {record.name}: {record.getMessage()}{trouble}")

    def allow(self, pattern: str) -> None:
        """Tolerate records in which ``pattern`` is found (``LEVEL logger: message``)."""
        self._allowed.append(re.compile(pattern))

    def expect(self, pattern: str) -> None:
        """Tolerate such records, and fail the test when none comes."""
        self._expected.append(re.compile(pattern))

    def verdict(self) -> None:
        """Fail the test on what was not announced, and on what was and did not come."""
        announced = [*self._allowed, *self._expected]
        strays = [text for text in self._records if not any(known.search(text) for known in announced)]
        if strays:
            pytest.fail("unexpected log records:\n" + "\n".join(strays), pytrace=False)
        missing = [
            wanted.pattern
            for wanted in self._expected
            if not any(wanted.search(text) for text in self._records)
        ]
        if missing:
            pytest.fail("expected log records never came: " + ", ".join(missing), pytrace=False)


@contextmanager
def guard_logs() -> Iterator[LogGuard]:
    """Listen at the root logger for as long as the block runs."""
    guard = LogGuard()
    root = logging.getLogger()
    root.addHandler(guard)
    try:
        yield guard
    finally:
        root.removeHandler(guard)
