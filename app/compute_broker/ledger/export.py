"""Usage as CSV (RFC 4180, UTF-8): a header, then one row a request, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import os
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.money import plain_usd
from compute_broker.core.texts import tr
from compute_broker.ledger.history import ENTRY_COLUMNS, ENTRY_TABLES, conditions_of
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.periods import Calendar, from_us
from compute_broker.ledger.records import RequestStatus
from compute_broker.ledger.views import HistoryFilter

COLUMNS = (
    "time_utc",
    "time_local",
    "request_id",
    "source",
    "category",
    "difficulty",
    "tier",
    "place",
    "provider",
    "model",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "cost_usd",
    "cost_basis",
    "price_source",
    "baseline_tier",
    "baseline_cost_usd",
    "saved_usd",
    "status",
    "latency_ms",
    "again_of",
)

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NUMBERS = {"input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "latency_ms"}
_MONEY = {"cost_usd": "cost", "baseline_cost_usd": "baseline_cost", "saved_usd": "saved"}


def export_csv(ledger: Ledger, target: Path | TextIO, wanted: HistoryFilter | None = None) -> int:
    """Write the requests that are ``wanted``, all unless said otherwise, and return their number.

    A file takes its name only when it is whole. Unknown is an empty field.

    Raises:
        EnvironmentFaultError: the file cannot be written.
        LedgerError: the ledger cannot be read.
    """
    wanted = wanted or HistoryFilter()
    if not isinstance(target, Path):
        return _write(ledger, target, wanted)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            rows = _write(ledger, stream, wanted)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    except OSError as error:
        why = error.strerror or str(error)
        raise EnvironmentFaultError(
            tr("{path} cannot be written: {strerror}. Choose another place.", path=target, strerror=why)
        ) from error
    finally:
        with suppress(OSError):
            part.unlink()
    return rows


def _write(ledger: Ledger, stream: TextIO, wanted: HistoryFilter) -> int:
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    with ledger.reader() as db:
        for row in _rows(db, ledger.calendar, wanted):
            writer.writerow(_fields(row, ledger.calendar))
            count += 1
    return count


def _rows(db: sqlite3.Connection, calendar: Calendar, wanted: HistoryFilter) -> Iterator[sqlite3.Row]:
    """Yield the rows one by one, in the order they were written: memory does not grow with the ledger."""
    conditions, values = conditions_of(db, calendar, wanted)
    texts = "LEFT JOIN texts t ON t.seq = r.seq" if wanted.text else ""
    sql = (
        f"SELECT {ENTRY_COLUMNS} FROM {ENTRY_TABLES} {texts} WHERE {' AND '.join(conditions)} ORDER BY r.seq"  # noqa: S608
    )
    yield from db.execute(sql, values)


def _fields(row: sqlite3.Row, calendar: Calendar) -> list[str]:
    moment = from_us(row["created_us"])
    fields = {
        "time_utc": f"{moment:%Y-%m-%dT%H:%M:%S}Z",
        "time_local": calendar.local(moment).isoformat(timespec="seconds"),
    }
    if row["difficulty"] is not None:
        fields["difficulty"] = f"{row['difficulty']:.4f}"
    for column, stored in _MONEY.items():
        fields[column] = "" if row[stored] is None else plain_usd(row[stored])
    if not RequestStatus(row["status"]).has_answer:
        fields["baseline_cost_usd"] = ""  # it was only expected: nothing came that could be compared
    for column in COLUMNS:
        if column in _NUMBERS:
            fields[column] = "" if row[column] is None else str(row[column])
        elif column not in fields:
            fields[column] = _text(row[column] if column in row.keys() else None)  # noqa: SIM118 - a Row's values
    return [fields[column] for column in COLUMNS]


def _text(value: str | None) -> str:
    """Return a text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    if value is None:
        return ""
    return f"'{value}" if value.startswith(_FORMULA) else value
