"""The history of prices: every change once, whoever notes it; a held one until it is answered."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.price import TokenRates
from compute_broker.core.price_origin import PriceKind
from compute_broker.ledger import Ledger, price_changes
from compute_broker.ledger.price_changes import ChangeState, PriceNote, PriceSaid

MODEL = "moonshotai/kimi-k2.6"
AS_OF = datetime(2026, 3, 18, 12, tzinfo=UTC)
LIST = PriceKind.LIST
READ = frozenset({LIST})


def said(in_: int, out: int, kind: PriceKind = LIST, terms: str = "") -> PriceSaid:
    return PriceSaid(kind, f"the {kind.value}", TokenRates(in_, out), AS_OF, terms)


def note(price: PriceSaid | None, held: PriceSaid | None = None, tier: str = "kimi", **more) -> PriceNote:
    return PriceNote(tier, more.get("model", MODEL), price, "nobody knows", held, more.get("read", READ))


def rows(ledger: Ledger, tier: str | None = None) -> list[tuple[str, int | None, int | None]]:
    return [(row.state.value, row.input, row.output) for row in reversed(ledger.price_changes(tier))]


def test_a_price_is_written_when_it_changes_and_only_then(path: Path) -> None:
    with Ledger.open(path) as ledger:
        assert ledger.note_prices([note(said(3, 15))]) == 1
        assert ledger.note_prices([note(said(3, 15)), note(said(1, 2), tier="other")]) == 1
    with Ledger.open(path) as ledger:  # a restart, and another program
        assert ledger.note_prices([note(said(3, 15, PriceKind.HOSTS))]) == 0
        assert ledger.note_prices([note(said(3, 16))]) == 1
        assert rows(ledger, "kimi") == [("in_force", 3, 15), ("in_force", 3, 16)]
        assert len(ledger.price_changes()) == 3
        newest = ledger.price_changes("kimi", limit=1)[0]
        assert (newest.kind, newest.source, newest.as_of, newest.model) == (LIST, "the list", AS_OF, MODEL)
        assert ledger.verify().ok


def test_nobody_knowing_is_a_change_once_and_no_beginning(ledger: Ledger) -> None:
    assert ledger.note_prices([note(None)]) == 0
    ledger.note_prices([note(said(3, 15))])
    assert [ledger.note_prices([note(None)]) for _ in range(2)] == [1, 0]
    ledger.note_prices([note(said(3, 15))])
    assert rows(ledger) == [("in_force", 3, 15), ("unpriced", None, None), ("in_force", 3, 15)]
    assert ledger.price_changes()[1].source == "nobody knows"


def test_a_price_that_moves_with_the_speed_is_another_when_its_terms_are(ledger: Ledger) -> None:
    def electric(out: int, terms: str) -> int:
        return ledger.note_prices([note(said(5, out, PriceKind.ELECTRICITY, terms))])

    assert [electric(out, "0.30") for out in (100, 104, 9000, 1)] == [1, 0, 0, 0]
    assert [electric(1, "0.18"), electric(2, "0.18")] == [1, 0]
    assert ledger.note_prices([note(said(5, 1))]) == 1, "a price that stands still has no terms"
    assert ledger.note_prices([note(said(5, 1))]) == 0


def test_a_held_price_is_one_row_that_says_how_it_ended(ledger: Ledger) -> None:
    good, free = said(3000, 15_000), said(0, 0)
    ledger.note_prices([note(good)])
    assert [ledger.note_prices([note(good, free)]) for _ in range(3)] == [1, 0, 0]
    unread = note(good, read=frozenset())
    ledger.note_prices([unread])
    assert rows(ledger)[-1][0] == "held", "who has read nothing cannot say that it is over"
    ledger.note_prices([note(good)])
    assert rows(ledger)[-1][0] == "dropped"
    ledger.note_prices([note(good, free)])
    ledger.note_prices([note(free)])
    assert rows(ledger) == [
        ("in_force", 3000, 15_000),
        ("dropped", 0, 0),
        ("confirmed", 0, 0),
        ("in_force", 0, 0),
    ]


def test_a_held_price_can_be_believed_and_that_is_kept(path: Path) -> None:
    good, free = said(3000, 15_000), said(0, 0)
    with Ledger.open(path) as ledger:
        assert ledger.believe_price("kimi") is None
        ledger.note_prices([note(good)])
        ledger.note_prices([note(good, free)])
        held = ledger.believe_price("kimi")
        assert held is not None
        assert (held.input, held.output) == (0, 0)
    with Ledger.open(path) as ledger:
        standing = ledger.price_standing()["kimi", LIST]
        assert standing.good == good.rates
        assert standing.held is not None
        assert standing.held.state is ChangeState.BELIEVED
        ledger.note_prices([note(free)])
        standing = ledger.price_standing()["kimi", LIST]
        assert (standing.good, standing.held) == (free.rates, None)
        assert ledger.believe_price("kimi") is None


def test_another_model_is_no_memory_of_this_one(ledger: Ledger) -> None:
    ledger.note_prices([note(said(3000, 15_000), said(0, 0))])
    ledger.note_prices([note(said(2, 2), model="another")])
    assert ledger.price_standing()["kimi", LIST].model == "another"
    assert rows(ledger)[1][0] == "dropped"


RATE = st.integers(0, 3)


@given(st.lists(st.tuples(st.sampled_from(["a", "b"]), st.none() | st.tuples(RATE, RATE)), max_size=30))
def test_the_history_of_each_tier_has_no_row_twice_and_ends_with_what_is_in_force(tmp_path_factory, seen):
    with Ledger.open(tmp_path_factory.mktemp("prices") / "ledger.db") as ledger:
        for tier, rates in seen:
            ledger.note_prices([note(None if rates is None else said(*rates), tier=tier)])
        for tier in ("a", "b"):
            own = [rates for each, rates in seen if each == tier]
            found = [None if row[1] is None else row[1:] for row in rows(ledger, tier)]
            assert all(one != other for one, other in itertools.pairwise(found))
            if any(own):
                assert found[-1] == own[-1]


def test_only_the_latest_changes_of_a_tier_are_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_changes, "MOST_CHANGES", 5)
    ledger.note_prices([note(said(1, 1), tier="other")])
    for out in range(9):
        ledger.note_prices([note(said(1, out))])
    assert [row[2] for row in rows(ledger, "kimi")] == [4, 5, 6, 7, 8]
    assert len(rows(ledger, "other")) == 1


def test_the_file_itself_refuses_a_price_below_zero_and_half_a_price(ledger: Ledger) -> None:
    for figures in ("-1, 2", "1, NULL", "NULL, NULL"):
        with pytest.raises(sqlite3.IntegrityError):
            ledger._store._db.execute(
                f"""INSERT INTO price_changes (at_us, tier, model, state, source, as_of_us, input, output)
                VALUES (1, 't', 'm', 'in_force', 's', 1, {figures})"""  # noqa: S608 - the figures above
            )


def test_the_history_is_in_a_copy_and_forgetting_leaves_it(ledger: Ledger, tmp_path: Path) -> None:
    ledger.note_prices([note(said(3, 15))])
    ledger.forget(datetime(2030, 1, 1, tzinfo=UTC).date())
    with Ledger.open(ledger.backup(tmp_path / "copy.db")) as copy:
        assert rows(copy) == rows(ledger) == [("in_force", 3, 15)]
