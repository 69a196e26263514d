"""What the ledger is told of a decision: its report, and what is needed to make it again."""

from __future__ import annotations

import json

from compute_broker.broker.report import decision_report
from compute_broker.broker.screening import Rules
from compute_broker.broker.whatif.kept import kept
from compute_broker.core.decision import Decision
from compute_broker.ledger.records import DecisionNote


def note_of(decision: Decision, rules: Rules) -> DecisionNote:
    """Return the note of a decision that was made under ``rules``."""
    report = decision_report(decision) | {"kept": kept(decision, rules)}
    return DecisionNote(
        mode=decision.mode.name,
        category=decision.task.category.value,
        difficulty=decision.task.difficulty,
        stakes=decision.task.stakes.value,
        decision_json=json.dumps(report, ensure_ascii=False),
        baseline_tier=decision.baseline.tier.id if decision.baseline else None,
        baseline_cost=decision.baseline_cost,
        expected_tokens=decision.task.expected_output_tokens,
    )
