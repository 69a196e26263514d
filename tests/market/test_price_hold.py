"""The hold: no sudden change of a price is believed at its first reading, whatever the source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.price import TokenRates
from compute_broker.core.price_origin import alike
from compute_broker.market.hold import APART, JUMP, Memory, Watched, suspicious

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
STEP = timedelta(minutes=30)
RATES = st.builds(TokenRates, st.sampled_from([0, 1, 10, 100, 999, 1000, 1900]), st.integers(0, 5000))


def watched() -> Watched[TokenRates]:
    return Watched(lambda rates, _now: rates)


def read(*rates: TokenRates, found: Watched[TokenRates] | None = None, start=NOON, **more) -> Watched:
    found = found or watched()
    for number, each in enumerate(rates):
        found.take(each, start + STEP * number, **more)
    return found


DEAR, FREE = TokenRates(3000, 15_000), TokenRates(0, 0)


@given(st.lists(RATES, min_size=1, max_size=12))
def test_a_price_in_force_jumps_only_when_two_readings_in_a_row_say_so(readings: list[TokenRates]) -> None:
    found, before = watched(), None
    for number, rates in enumerate(readings):
        found.take(rates, NOON + STEP * number)
        now = found.good
        assert now is not None
        if before is not None and suspicious(before, now):
            assert now == rates
            assert alike(readings[number - 1], rates)
        before = now
        assert found.held is None or suspicious(now, found.held)
        assert found.read_at is not None
        assert found.read_at <= NOON + STEP * number


@given(RATES, st.integers(1, JUMP - 1))
def test_an_ordinary_change_is_believed_at_once(rates: TokenRates, factor: int) -> None:
    dearer = TokenRates(rates.input * factor, rates.output * factor)
    assert read(rates, dearer).good == dearer


def test_a_price_that_keeps_moving_is_confirmed_by_a_reading_like_it_and_not_by_another_jump() -> None:
    assert read(DEAR, FREE, FREE).good == FREE
    low, lower = TokenRates(200, 1000), TokenRates(190, 900)
    assert read(DEAR, low, lower).good == lower
    assert read(DEAR, FREE, low).good == DEAR
    assert read(DEAR, FREE, DEAR).held is None


def test_the_same_saying_read_twice_confirms_nothing() -> None:
    found = watched()
    found.take(DEAR, NOON, as_of=NOON)
    for later in (1, 2, 3):
        found.take(FREE, NOON + STEP * later, as_of=NOON + STEP)
    assert found.good == DEAR
    found.take(FREE, NOON + STEP * 4, as_of=NOON + STEP * 4)
    assert found.good == FREE


def test_a_person_may_believe_it_and_only_what_is_held() -> None:
    found = read(DEAR, FREE)
    assert found.believe()
    assert (found.good, found.read_at, found.held) == (FREE, NOON + STEP, None)
    assert not found.believe()


def test_what_the_ledger_remembers_binds_a_first_reading() -> None:
    assert read(FREE, memory=Memory(good=DEAR)).good is None
    assert read(FREE, reference=DEAR).good is None
    assert read(FREE, reference=DEAR, memory=Memory(good=FREE)).good == FREE
    held = Memory(good=DEAR, held=FREE, held_at=NOON - APART)
    assert read(FREE, memory=held).good == FREE, "a reading of an earlier program is the one before this"
    too_soon = Memory(good=DEAR, held=FREE, held_at=NOON - APART / 2)
    assert read(FREE, memory=too_soon).good is None
    believed = Memory(good=DEAR, held=FREE, held_at=NOON, believed=True)
    assert read(FREE, memory=believed).good == FREE
    assert read(TokenRates(1, 1), memory=believed).good is None, "another price was believed"


def test_a_word_that_comes_through_the_ledger_is_taken_over() -> None:
    found = read(DEAR, FREE)
    assert not found.recall(Memory(good=DEAR, held=FREE, held_at=NOON), NOON)
    assert found.recall(Memory(good=DEAR, held=FREE, held_at=NOON, believed=True), NOON)
    assert found.good == FREE
    other = read(DEAR, FREE)
    assert other.recall(Memory(good=FREE), NOON), "another of our programs had it confirmed"
