"""Whether two answers say the same: numbers, choices, short facts, JSON; prose is left to a judge."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.broker.sameness import Sameness, compare, final_answer

SAME, DIFFERENT, UNCLEAR = Sameness.SAME, Sameness.DIFFERENT, Sameness.UNCLEAR
PROSE = "Tides come from the moon, whose pull is stronger on the near side of the earth than on the far side."


@pytest.mark.parametrize(
    ("one", "other", "verdict"),
    [
        ("6 x 7 makes 42.\n\nAnswer: 42", "First 40, then 2 more.\n**Answer:** $42$.", SAME),
        ("Answer: 42", "Answer: 41", DIFFERENT),
        ("Answer: $1,234.50", "Answer: 1234.5 dollars", SAME),
        ("so x = 3/4.\nAnswer: \\frac{3}{4}", "Answer: 0.75", SAME),
        ("thus \\boxed{\\frac{3}{4}}", "Answer: 3/4", SAME),
        ("\\boxed{12}", "\\boxed{-12}", DIFFERENT),
        ("Answer: (B)", "The final answer is: B. Paris", SAME),
        ("Answer: A", "Answer: C", DIFFERENT),
        ("Answer: Paris", "Answer: the city of paris.", UNCLEAR),
        ("Answer: The Seine", "Answer: seine", SAME),
        ('{"answer": 7}', "Answer: 7", SAME),
        ('```json\n{"a": 1, "b": 2}\n```', '{"b": 2, "a": 1}', SAME),
        ("Yes.", "no", UNCLEAR),
        (PROSE, PROSE + " Also the sun.", UNCLEAR),
        (PROSE, PROSE, UNCLEAR),
        ("", "", UNCLEAR),
        ("Answer: 3/0", "Answer: 3", UNCLEAR),
        ("Answer: 5 apples and 3 pears", "Answer: 5", UNCLEAR),
        ("Answer: 41\nNo, that is wrong.\nAnswer: 42", "Answer: 42", SAME),
    ],
)
def test_two_answers_are_compared_by_their_results(one, other, verdict):
    assert compare(one, other) is verdict
    assert compare(other, one) is verdict


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_can_be_compared_in_either_order(one, other):
    assert compare(one, other) is compare(other, one)


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_numbers_are_the_same_exactly_when_they_are_equal(one, other):
    told = compare(f"So it is.\nAnswer: {one:,}", f"\\boxed{{{other}}}")
    assert told is (SAME if one == other else DIFFERENT)


def test_a_hostile_number_costs_no_time():
    assert compare("Answer: " + "9" * 5000, "Answer: 1") is UNCLEAR
    assert final_answer("Answer: " + "a" * 10**6) is not None
