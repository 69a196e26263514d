"""The sentence before sending: honest when even the best that is there is poor."""

from __future__ import annotations

from broker.builders import quote, snapshot, task
from compute_broker.broker.policy import Rules, decide
from compute_broker.core.decision import MODES


def test_a_poor_best_says_so_and_what_would_help():
    tiny = quote("tiny", -4.0, ("0", "0.02"))
    decision = decide(task(0.0), snapshot(tiny), Rules(MODES["balanced"]))
    assert "the best that is available, but with only a" in decision.reason
    assert "Settings would help" in decision.reason
