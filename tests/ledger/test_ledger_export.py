"""Usage as CSV: its columns, its days, and what a spreadsheet makes of it."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ledger_kit import USD, TurnableClock, begun, exactly, fill, sent, spent

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.core.usage import Certainty, Usage
from compute_broker.ledger import (
    DecisionNote,
    Ledger,
    NewAttempt,
    Outcome,
    RequestStatus,
    Settlement,
    export,
)
from compute_broker.ledger.export import export_csv
from compute_broker.ledger.views import HistoryFilter

HEADER = (
    "time_utc,time_local,request_id,source,category,difficulty,tier,place,provider,model,input_tokens,"
    "cached_tokens,output_tokens,reasoning_tokens,cost_usd,cost_basis,price_source,baseline_tier,"
    "baseline_cost_usd,saved_usd,status,latency_ms,again_of"
)


def exported(
    ledger: Ledger, from_day: date | None = None, to_day: date | None = None
) -> list[dict[str, str]]:
    stream = io.StringIO(newline="")
    count = export_csv(ledger, stream, HistoryFilter(from_day=from_day, to_day=to_day))
    rows = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert len(rows) == count
    return rows


def test_the_header_is_there_even_without_rows(ledger: Ledger, tmp_path: Path) -> None:
    target = tmp_path / "usage.csv"
    assert export_csv(ledger, target) == 0
    assert target.read_bytes() == f"{HEADER}\r\n".encode()


def test_one_row_a_request_with_its_attempts_summed(path: Path) -> None:
    clock = TurnableClock(datetime(2026, 7, 1, 22, 30, 5, 999, tzinfo=UTC))
    with Ledger.open(path, clock=clock, zone=ZoneInfo("Europe/Berlin")) as ledger:
        request_id = begun(ledger, "a prompt that must not be in the file")
        ledger.decide(request_id, DecisionNote("best", "coding", -0.51239, "low", None, "opus", USD // 4))
        failed = sent(ledger, request_id, USD)
        ledger.settle(failed.id, Settlement(1, Certainty.EXACT, Usage(10, 1), outcome=Outcome.CUT_OFF))
        good = sent(ledger, request_id, USD)
        usage = Usage(1_000, 300, cache_read_tokens=400, reasoning_tokens=100)
        ledger.settle(good.id, Settlement(1_230, Certainty.EXACT, usage, latency_ms=1_234))
        ledger.finish(request_id, RequestStatus.ANSWERED, answer="the answer, too", answered_by=good.id)
        rows = exported(ledger)
    assert rows == [
        {
            "time_utc": "2026-07-01T22:30:05Z",
            "time_local": "2026-07-02T00:30:05+02:00",
            "request_id": request_id,
            "source": "cli",
            "category": "coding",
            "difficulty": "-0.5124",
            "tier": "haiku",
            "place": "cloud",
            "provider": "anthropic",
            "model": "haiku-model",
            "input_tokens": "1010",
            "cached_tokens": "400",
            "output_tokens": "301",
            "reasoning_tokens": "100",
            "cost_usd": "0.000001231",
            "cost_basis": "metered",
            "price_source": "test list",
            "baseline_tier": "opus",
            "baseline_cost_usd": "0.25",
            "saved_usd": "0.249998769",
            "status": "answered",
            "latency_ms": "1234",
            "again_of": "",
        }
    ]


def test_unknown_is_an_empty_field_and_a_loss_stays_a_number(ledger: Ledger) -> None:
    unknown = sent(ledger, begun(ledger), USD)
    ledger.settle(unknown.id, Settlement(None, Certainty.UNKNOWN))
    ledger.finish(unknown.request_id, RequestStatus.ANSWERED, answered_by=unknown.id, baseline_cost=5)
    dear = sent(ledger, begun(ledger), USD)
    ledger.settle(dear.id, exactly(2 * USD))
    ledger.finish(dear.request_id, RequestStatus.ANSWERED, answered_by=dear.id, baseline_cost=USD)
    first, second = exported(ledger)
    assert [first[name] for name in ("cost_usd", "saved_usd", "input_tokens", "difficulty")] == [""] * 4
    assert [second[name] for name in ("cost_usd", "saved_usd")] == ["2", "-1"]


def test_a_day_is_a_local_day_at_both_ends(path: Path) -> None:
    clock = TurnableClock(datetime(2026, 3, 28, 22, 59, 59, tzinfo=UTC))
    with Ledger.open(path, clock=clock, zone=ZoneInfo("Europe/Berlin")) as ledger:
        before = begun(ledger)
        clock.turn(seconds=1)
        first = begun(ledger)
        clock.turn(hours=23, seconds=-1)
        last = begun(ledger)
        clock.turn(seconds=1)
        after = begun(ledger)

        def ids(from_day: date | None, to_day: date | None) -> list[str]:
            return [row["request_id"] for row in exported(ledger, from_day, to_day)]

        changing = date(2026, 3, 29)
        assert ids(changing, changing) == [first, last]
        assert ids(None, changing) == [before, first, last]
        assert ids(changing, None) == [first, last, after]
        assert ids(changing + timedelta(days=2), None) == []


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_a_spreadsheet_runs_nothing(ledger: Ledger, sign: str) -> None:
    evil = f"{sign}cmd|' /C calc'!A0"
    request_id = begun(ledger, source=evil)
    offer = NewAttempt(evil, Place.CLOUD, ProviderKind.OPENAI, evil, None, 5)
    reservation = ledger.reserve(request_id, offer)
    ledger.settle(reservation.id, exactly(5))
    ledger.decide(request_id, DecisionNote(category=evil, baseline_tier=evil))
    ledger.finish(request_id, RequestStatus.ANSWERED, answered_by=reservation.id)
    (row,) = exported(ledger)
    for column in ("source", "tier", "model", "category", "baseline_tier"):
        assert row[column] == f"'{evil}"


@given(text=st.text(min_size=1))
def test_no_text_begins_like_a_formula(text: str) -> None:
    safe = export._text(text)
    assert safe[:1] not in set("=+-@\t\r")
    assert safe in {text, f"'{text}"}


@given(nanos=st.integers(-(10**15), 10**15))
def test_money_is_a_plain_exact_decimal(nanos: int) -> None:
    text = export.plain_usd(nanos)
    assert re.fullmatch(r"-?\d+(\.\d+)?", text)
    assert Decimal(text) * USD == nanos


def test_commas_quotes_and_line_breaks_survive(ledger: Ledger) -> None:
    begun(ledger, source='a "b", c\nd')
    assert exported(ledger)[0]["source"] == 'a "b", c\nd'


def test_a_file_takes_its_name_only_when_whole(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "usage.csv"
    target.write_text("yesterday's")
    spent(ledger, 5)
    with monkeypatch.context() as patch:
        patch.setattr(export, "_fields", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            export_csv(ledger, target)
    assert target.read_text() == "yesterday's"
    assert [part.name for part in tmp_path.glob("*.part")] + [part.name for part in tmp_path.glob(".*")] == []
    with target.open() as opened_before:
        assert export_csv(ledger, target) == 1
        assert opened_before.read() == "yesterday's"
    assert target.read_text(encoding="utf-8").count("\n") == 2
    with pytest.raises(EnvironmentFaultError, match=r"cannot be written: .*Choose another place"):
        export_csv(ledger, tmp_path / "nowhere" / "usage.csv")


def test_rows_stream_while_the_ledger_is_written(path: Path, clock: TurnableClock) -> None:
    fill(path, 3_000, until=clock(), days=10)

    class Nosy(io.StringIO):
        longest = 0

        def write(self, text: str) -> int:
            Nosy.longest = max(Nosy.longest, len(text))
            if 0 < self.tell() < 2_000:
                spent(ledger, 5)
            return super().write(text)

    with Ledger.open(path, clock=clock, zone=UTC) as ledger:
        assert export_csv(ledger, Nosy(newline="")) == 3_000
    assert Nosy.longest < 1_000
