"""The statistics against known cases: a library's figures, a textbook's, and what follows by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.experiment.results.stats import (
    RESAMPLES,
    cohen_kappa,
    frontier,
    non_inferior,
    paired_bootstrap,
)

SIZE = 40
ONE = np.array([((7 * i * i + 3 * i) % 11) / 10 for i in range(SIZE)])
OTHER = np.array([((5 * i * i + i) % 13) / 12 for i in range(SIZE)])


def columns(*pairs):
    over, under = zip(*pairs, strict=True)
    return paired_bootstrap(np.column_stack(over), np.column_stack(under), seed=5)


def test_intervals_are_those_of_a_library():
    # scipy 1.17.1, stats.bootstrap(method="percentile", paired=True), 200,000 resamples of the same figures:
    # mean(ONE - OTHER) in [-0.1458, 0.1379], 1 - sum(ONE) / sum(OTHER) in [-0.3935, 0.3192].
    drawn = columns((ONE - OTHER, np.ones(SIZE)), (ONE, OTHER))
    mean, ratio = drawn.estimate(0), drawn.estimate(1)
    assert mean.value == pytest.approx(-0.00375)
    assert (mean.low, mean.high) == pytest.approx((-0.1458, 0.1379), abs=0.006)
    assert 1 - ratio.value == pytest.approx(0.00923, abs=1e-5)
    assert (1 - ratio.high, 1 - ratio.low) == pytest.approx((-0.3935, 0.3192), abs=0.02)


def test_the_same_seed_gives_the_same_intervals_and_pairs_all_columns():
    ones = np.ones(SIZE)
    first, again = (columns((ONE, ones), (OTHER, ones), (ONE - OTHER, ones)) for _ in range(2))
    assert np.array_equal(first.resampled, again.resampled)
    assert first.resampled.shape == (RESAMPLES, 3)
    assert np.allclose(first.resampled[:, 0] - first.resampled[:, 1], first.resampled[:, 2])


def test_a_mean_over_some_prompts_ignores_the_others():
    inside = (np.arange(SIZE) % 2).astype(float)
    drawn = columns((ONE * inside, inside), (ONE, np.zeros(SIZE)))
    assert drawn.estimate(0).value == pytest.approx(ONE[1::2].mean())
    assert math.isnan(drawn.estimate(1).value)
    assert math.isnan(drawn.estimate(1).low)


def test_no_prompts_no_figures():
    drawn = paired_bootstrap(np.empty((0, 2)), np.empty((0, 2)), seed=1)
    assert math.isnan(drawn.estimate(1).value)


def test_equal_quality_is_claimed_only_where_the_bound_allows_it():
    def tested(difference, margin=0.05, tests=1):
        means = columns((difference, np.ones(len(difference)))).resampled[:, 0]
        return non_inferior(difference, means, margin=margin, tests=tests)

    # Nothing lost in 100: as much as 1 - 0.025^(1/100) = 3.6 % may have gone unseen.
    clean = tested(np.zeros(100))
    assert clean.bound == pytest.approx(-0.03622, abs=1e-5)
    assert clean.holds
    assert not tested(np.zeros(100), margin=0.03).holds
    # Shared by three tests the bound is wider.
    assert tested(np.zeros(100), tests=3).bound == pytest.approx(-0.04675, abs=1e-5)
    # Ten lost in 100: plainly not shown.
    assert not tested(np.array([-1.0] * 10 + [0.0] * 90)).holds
    # Twenty prompts bear no claim, whatever they say.
    assert tested(np.ones(20)).holds is None


def test_kappa_by_the_textbook_and_a_library():
    # The usual example: 20 and 15 agreed, 5 and 10 not: 0.4. And sklearn 1.9.1 on three words: 0.53125.
    yes = ["y"] * 25 + ["n"] * 25
    other = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert cohen_kappa(yes, other) == pytest.approx(0.4)
    assert cohen_kappa(list("WEBBEWBEEB"), list("WEBEEBBEWB")) == pytest.approx(0.53125)
    assert cohen_kappa(list("BBB"), list("BBB")) is None
    assert cohen_kappa([], []) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12))
def test_nothing_beats_the_frontier(points):
    found = frontier(points)
    assert found
    for index in found:
        cost, quality = points[index]
        assert not any(c <= cost and q >= quality and (c, q) != (cost, quality) for c, q in points)
    for index in set(range(len(points))) - set(found):
        cost, quality = points[index]
        assert any(points[best][0] <= cost and points[best][1] >= quality for best in found)
