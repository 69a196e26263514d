"""Evaluation: figures that can be worked out by hand, and a whole run over a small recorded collection."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.builders import quote, snapshot
from compute_broker.broker.pairs import family
from compute_broker.broker.policy import Rules, decide
from compute_broker.classify import default_classifier
from compute_broker.core.decision import CrossCheck, Mode, PlanKind
from compute_broker.core.errors import PersonError
from compute_broker.core.task import Stakes
from compute_broker.experiment import curves
from compute_broker.experiment.collection import read_collection, read_prices
from compute_broker.experiment.crosscheck import Planner
from compute_broker.experiment.evaluate import evaluate, run_evaluate

PRICES = {
    "gpt-4o-mini": [0.15, 0.6],
    "llama-3.1-8b-instruct": [0.02, 0.05],
    "claude-3-5-sonnet-20241022": [3, 15],
}
CHANCE = {"gpt-4o-mini": 0.8, "llama-3.1-8b-instruct": 0.7, "claude-3-5-sonnet-20241022": 0.95}


@pytest.fixture
def files(tmp_path):
    """Write a collection in which the hard prompts look hard, with answers, and its prices."""
    rng = random.Random(3)  # noqa: S311 - a repeatable collection, no secret
    lines = []
    for number in range(120):
        hard = number % 2 == 0
        prompt = (
            f"Let $a_n = n^{number} + {number}$. Prove that $\\gcd(a_n, a_{{n+1}})$ divides {number}."
            if hard
            else f"Anna has {number} apples and buys {number % 7} more. How many apples does she have?"
        )
        outcomes = {}
        for model, chance in CHANCE.items():
            right = rng.random() < (chance - 0.4 if hard and "sonnet" not in model else chance)
            answer = str(number) if right else str(rng.randrange(10_000))
            outcomes[model] = {"score": float(right), "answer": answer, "tokens_in": 50, "tokens_out": 200}
        lines.append(json.dumps({"id": str(number), "prompt": prompt, "outcomes": outcomes}))
    outcomes_file, prices_file = tmp_path / "small.jsonl", tmp_path / "prices.json"
    outcomes_file.write_text("\n".join(lines), encoding="utf-8")
    prices_file.write_text(json.dumps(PRICES), encoding="utf-8")
    return outcomes_file, prices_file


def test_apgr_is_a_half_for_a_router_that_cannot_tell_and_one_sided_for_one_that_can():
    weak, strong = np.array([1.0, 0.0, 1.0, 0.0]), np.array([1.0, 1.0, 1.0, 1.0])
    assert curves.apgr(np.zeros(4), weak, strong) == pytest.approx(0.5)
    assert curves.apgr(strong - weak, weak, strong) == pytest.approx(0.75)
    assert curves.apgr(weak - strong, weak, strong) == pytest.approx(0.25)
    assert curves.skill(strong - weak, weak, strong) == pytest.approx(1.0)
    assert math.isnan(curves.apgr(np.zeros(4), strong, weak))


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(-1, 1)), min_size=2, max_size=40))
def test_every_mix_ends_where_the_two_tiers_are(rows):
    weak, strong, gain = (np.array(part, dtype=float) for part in zip(*rows, strict=True))
    mix = curves.ranked_mix(gain, weak, strong)
    assert mix[0] == pytest.approx(weak.mean())
    assert mix[-1] == pytest.approx(strong.mean())


def test_saving_is_read_off_the_line_between_points():
    points = [(0.0, 0.5), (10.0, 1.0)]
    assert curves.saving_at(points, 0.75, 10.0) == pytest.approx(0.5)
    assert curves.saving_at(points, 1.0, 10.0) == 0.0
    assert curves.saving_at(points, 1.1, 10.0) == 0.0


def test_the_policy_takes_the_cheapest_above_the_floor():
    chance, cost = np.array([[0.5, 0.9], [0.89, 0.9]]), np.array([[1.0, 10.0], [1.0, 10.0]])
    assert curves.policy_choices(chance, cost, 0.97).tolist() == [1, 0]
    assert curves.policy_choices(chance, cost, 1.0).tolist() == [1, 1]
    assert curves.policy_choices(chance, cost, 0.0).tolist() == [0, 0]


def test_calibration_error_by_hand():
    assert curves.calibration_error(np.array([0.25, 0.25]), np.array([1.0, 0.0])) == pytest.approx(0.25)
    assert curves.calibration_error(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == pytest.approx(0.0)


def test_a_whole_run_reports_what_the_records_say(files):
    report = evaluate(files[0], read_prices(files[1]))
    assert report.best == "claude-3-5-sonnet-20241022"
    assert report.cheapest == "llama-3.1-8b-instruct"
    cost, quality = report.models[report.best]
    assert cost == pytest.approx(50 * 3000 + 200 * 15000)
    assert quality > 0.85
    assert report.apgr["router"] > 0.55
    assert report.apgr["oracle"] > report.apgr["router"]
    assert report.apgr_router.low <= report.apgr_router.value <= report.apgr_router.high
    assert report.savings["policy"]["0.95"] >= report.savings["policy"]["1"]
    assert sum(row["prompts"] for row in report.by_category.values()) == 120
    assert evaluate(files[0], read_prices(files[1])).apgr_router == report.apgr_router


def test_a_cross_check_costs_both_answers_and_follows_agreement(files):
    found = read_collection(files[0], read_prices(files[1]), default_classifier())
    first, second, referee = (found.models.index(model) for model in CHANCE)
    run = Planner(found).run(1.0)
    assert run.usual is not None
    assert set(run.usual) == set(CHANCE)
    assert run.checked.sum() > 0
    for row in np.flatnonzero(run.checked):
        answers, scores, costs = found.answer[row], found.score[row], found.cost[row]
        if run.escalated[row]:
            assert answers[first] != answers[second]
            assert (run.score[row], run.cost[row]) == (scores[referee], sum(costs))
        else:
            assert answers[first] == answers[second]
            assert (run.score[row], run.cost[row]) == (scores[first], costs[first] + costs[second])


@pytest.mark.parametrize("floor", [0.9, 0.97, 1.0])
def test_what_is_evaluated_is_what_the_policy_does(files, floor):
    found = read_collection(files[0], read_prices(files[1]), default_classifier())
    run = Planner(found).run(floor)
    quotes = [quote(model, 0.0, tuple(map(str, PRICES[model])), max_output=10**6) for model in found.models]
    tiers = [replace(q.tier, model=q.tier.id, abilities=found.rows[q.tier.id]) for q in quotes]
    snapshot_ = snapshot(*(replace(q, tier=tier) for q, tier in zip(quotes, tiers, strict=True)))
    rules = Rules(Mode("own", floor), cross_check=CrossCheck.AUTO)
    for row, task in enumerate(found.tasks):
        # High stakes raise the policy's floor; recorded benchmarks have none, so they are left out here.
        plan = decide(replace(task, stakes=Stakes.LOW), snapshot_, rules).plan
        assert (plan.kind is PlanKind.CROSS_CHECK) == run.checked[row]
        if plan.kind is PlanKind.SINGLE:
            assert run.cost[row] == found.cost[row][found.models.index(plan.tiers[0].tier.id)]


def test_kin_are_known_by_name():
    assert family("Qwen2.5-7B-Instruct") == family("qwen2-72b")
    assert family("mixtral-8x7b") == family("Mistral-Large-2")
    assert family("claude-3-haiku") != family("gpt-4o-mini")


def test_table_json_and_picture(files, tmp_path):
    picture = tmp_path / "curve.svg"
    text = run_evaluate(*files, as_json=False, picture=picture)
    assert "gap recovered" in text
    assert "with cross-checks" in text
    assert ET.fromstring(picture.read_text("utf-8")).tag.endswith("svg")  # noqa: S314 - our own file
    data = json.loads(run_evaluate(*files, as_json=True, picture=None))
    assert data["prompts"] == 120
    assert data["crosscheck"]["best"]["saved"]["value"] <= 1.0


@pytest.mark.parametrize(
    ("outcomes", "prices", "message"),
    [
        ("no json", '{"a": [1, 2]}', "JSON lines"),
        ('{"prompt": "x"}', '{"a": [1, 2]}', "lacks a prompt or outcomes"),
        ('{"prompt": "x", "outcomes": {"a": {"score": 1}}}', '{"a": [1, 2]}', "at least two"),
        ('{"prompt": "x", "outcomes": {}}', '{"a": 1}', "price list"),
        ('{"prompt": "x", "outcomes": {}}', '{"a": [-1, 2]}', "below zero"),
    ],
)
def test_bad_files_are_told_in_a_sentence(tmp_path, outcomes, prices, message):
    one, two = tmp_path / "o.jsonl", tmp_path / "p.json"
    one.write_text(outcomes, encoding="utf-8")
    two.write_text(prices, encoding="utf-8")
    with pytest.raises(PersonError, match=message):
        run_evaluate(one, two, as_json=False, picture=None)


def test_prices_are_read_exactly(tmp_path):
    path = tmp_path / "p.json"
    path.write_text('{"m": [0.1, 0.30]}', encoding="utf-8")
    assert read_prices(path) == {"m": (Decimal("0.1"), Decimal("0.30"))}
