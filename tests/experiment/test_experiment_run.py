"""A whole experiment over real HTTP, a real ledger and the real engine: once, again, killed, out of money."""

from __future__ import annotations

import json
import os
import random
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from broker.world import cloud, write_settings
from compute_broker.compose import opened
from compute_broker.core.errors import PersonError
from compute_broker.core.money import nanos_from_usd
from compute_broker.experiment.run.journal import Journal, read
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import Period
from compute_broker.market import breaker
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Failure
from experiment import lab

KEY = "sk-canary-experiment"
BUILTIN = """
[[tiers]]
id = "builtin"
provider = "builtin"
model = "SmolLM2-135M-Instruct"
max_output_tokens = 24
"""
KILLS = int(os.environ.get("EXPERIMENT_KILLS", "6"))
"""In CI a short run; ``EXPERIMENT_KILLS=60`` by hand for a soak."""


@pytest.fixture
def claude(monkeypatch):
    with AnthropicDouble() as double:
        double.key = KEY
        double.answer = lab.right
        monkeypatch.setenv("COMPUTE_BROKER_KEY_ANTHROPIC", KEY)
        yield double


def settings(claude, *more: str):
    return write_settings(*(cloud(name, claude.url) for name in ("haiku", "sonnet", "opus")), *more)


def asked(claude) -> Counter[str]:
    """Count the requests that are the same."""
    return Counter(
        json.dumps([seen.json["model"], seen.json.get("system"), seen.json["messages"]])
        for seen in claude.chats
    )


async def test_every_prompt_goes_once_through_every_tier_and_mode(claude, tmp_path):
    settings(claude, BUILTIN)
    said: list[str] = []
    ended = await lab.run(tmp_path / "out", lab.items(), lab.wanted(), said=said)
    assert ended.whole, ended
    answers = lab.journal_lines(tmp_path / "out", "answer")
    alone = Counter(line["tier"] for line in answers if line["purpose"] == "alone")
    assert alone == dict.fromkeys(["builtin", "haiku", "sonnet", "opus"], len(lab.items()))
    assert all(line["text"] for line in answers if line["tier"] == "builtin")
    assert set(asked(claude).values()) == {1}
    assert said[-1].startswith(f"{len(answers)} of {len(answers)} answers")
    async with opened() as services:
        spend = await services.broker.ledger.spend(Period.DAY, source="experiment")
        assert spend.spent == sum(line["cost"] for line in answers) > 0
        # Nothing of it would have gone to the baseline, and nobody said what was good: no saving, no lesson.
        assert (spend.saved, spend.sums.saved_requests) == (0, 0)
        assert await services.broker.ledger.lengths() == []
        assert (await services.broker.ledger.call(Ledger.verify)).ok


async def test_a_second_start_asks_nothing_and_decides_the_same(claude, tmp_path):
    settings(claude)
    await lab.run(tmp_path / "out", lab.items(), lab.wanted())
    before = (tmp_path / "out" / "journal.jsonl").read_bytes()
    seen = len(claude.chats)
    said: list[str] = []
    assert (await lab.run(tmp_path / "out", lab.items(), lab.wanted(), said=said)).whole
    assert len(claude.chats) == seen
    assert (tmp_path / "out" / "journal.jsonl").read_bytes() == before
    assert said == []


async def test_another_tier_is_added_without_asking_the_others_again(claude, tmp_path):
    settings(claude)
    await lab.run(tmp_path / "out", lab.items(), lab.wanted(tiers=["haiku", "opus"]))
    await lab.run(tmp_path / "out", lab.items(), lab.wanted())
    assert set(asked(claude).values()) == {1}
    assert len(lab.journal_lines(tmp_path / "out", "setup")) == 2


def test_killed_at_any_moment_it_goes_on_and_pays_no_answer_twice(claude, tmp_path, start_program):
    settings(claude)
    chance = random.Random(20261124)  # noqa: S311 - moments of death, no secrets

    def start(folder):
        env = {"PYTHONPATH": str(Path(__file__).parents[1])}
        return start_program(str(folder), command=(sys.executable, "-m", "experiment.lab"), env=env)

    calm = tmp_path / "calm"
    assert start(calm).wait(60) == 0
    saved = 0
    for group in range(0, KILLS, 3):
        folder, answered = tmp_path / f"killed-{group}", dict[str, str]()
        for _ in range(min(3, KILLS - group)):
            seen = len(claude.chats)
            child = start(folder)
            claude.wait_chat(seen + chance.randrange(1, 9))
            child.signal(9)
            child.wait()
            for key, request in answers_in_ledger(folder).items():
                answered.setdefault(key, request)
        assert start(folder).wait(60) == 0
        # What had been answered when a kill came is in the journal, once, from the request paid then.
        answers = lab.journal_lines(folder, "answer")
        assert len({line["key"] for line in answers}) == len(answers)
        saved += len(answered)
        assert answered.items() <= {line["key"]: line["request"] for line in answers}.items()
        texts = [
            {line["key"]: line["text"] for line in lab.journal_lines(each, "answer")}
            for each in (folder, calm)
        ]
        assert texts[0] == texts[1]
    assert saved >= KILLS


def answers_in_ledger(folder: Path) -> dict[str, str]:
    """Return by key the requests of the experiment that had been answered when it was killed."""
    with Ledger.open(Path(os.environ["COMPUTE_BROKER_HOME"]) / "ledger.sqlite", zone=UTC) as ledger:
        return {
            line["key"]: line["request"]
            for line in lab.journal_lines(folder, "asking")
            if _known(ledger, line["request"])
        }


def _known(ledger: Ledger, request: str) -> bool:
    return ledger.exchange(request).entry.status.has_answer


async def test_a_hard_budget_is_never_passed_and_a_larger_one_goes_on(claude, tmp_path):
    settings(claude)
    ended = await lab.run(tmp_path / "out", lab.items(), lab.wanted(), budget="0.0205", width=8)
    assert "budget" in ended.stopped
    async with opened() as services:
        ledger = services.broker.ledger
        spend = await ledger.spend(Period.MONTH, source="experiment")
        assert 0 < spend.spent <= nanos_from_usd("0.0205")
        assert spend.reserved == 0
    assert (await lab.run(tmp_path / "out", lab.items(), lab.wanted(), budget="1")).whole
    assert set(asked(claude).values()) == {1}


async def test_a_provider_that_asks_for_patience_gets_it(claude, tmp_path, monkeypatch):
    settings(claude)
    monkeypatch.setattr(breaker, "FIRST_WAIT", breaker.FIRST_WAIT / 50)
    busy = Failure(429, "rate_limit_error", "slow down", headers={"retry-after": "1"})
    claude.enqueue(busy, model="claude-opus-5-5")
    began = datetime.now(UTC)
    assert (await lab.run(tmp_path / "out", lab.items(3), lab.wanted())).whole
    assert (datetime.now(UTC) - began).total_seconds() >= 1
    assert set(asked(claude).values()) <= {1, 2}
    assert sum(count - 1 for count in asked(claude).values()) == 1


async def test_a_tier_out_of_reach_leaves_the_rest_and_is_asked_at_the_next_start(claude, tmp_path):
    settings(claude)
    claude.enqueue(*[Failure(402, "billing_error", "no money")], model="claude-sonnet-5-5")
    ended = await lab.run(tmp_path / "out", lab.items(3), lab.wanted(), width=1)
    assert ended.out
    assert not ended.stopped
    assert {line["tier"] for line in lab.journal_lines(tmp_path / "out", "answer")} >= {"haiku", "opus"}
    assert (await lab.run(tmp_path / "out", lab.items(3), lab.wanted())).whole


async def test_a_refusal_is_an_outcome_and_not_asked_again(claude, tmp_path):
    settings(claude)
    claude.enqueue(Failure(413, "request_too_large", "too long"), model="claude-haiku-5-5")
    assert (await lab.run(tmp_path / "out", lab.items(2), lab.wanted(), width=1)).whole
    lost = [line for line in lab.journal_lines(tmp_path / "out", "answer") if line.get("fault")]
    assert [line["fault"] for line in lost] == ["too_long"]
    seen = len(claude.chats)
    assert (await lab.run(tmp_path / "out", lab.items(2), lab.wanted())).whole
    assert len(claude.chats) == seen


async def test_judges_are_asked_in_both_orders_about_what_no_program_can_tell(claude, tmp_path):
    settings(claude, BUILTIN)
    assert (await lab.run(tmp_path / "out", lab.items(2), lab.wanted(judges=["sonnet"]))).whole
    judged = [line for line in lab.journal_lines(tmp_path / "out", "answer") if line["purpose"] == "judging"]
    assert {line["prompt"] for line in judged} == {"poem"}
    bodies = [seen.json for seen in claude.chats if "first_answer" in str(seen.json["messages"])]
    assert len(bodies) == len(judged) > 0
    pairs = Counter(
        frozenset((data["first_answer"], data["second_answer"]))
        for data in (json.loads(_text(body)) for body in bodies)
    )
    assert set(pairs.values()) == {2}
    assert {body["model"] for body in bodies} == {"claude-sonnet-5-5"}


def _text(body) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else content[0]["text"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tiers": ["nobody", "opus"]}, "no tier 'nobody'"),
        ({"tiers": ["haiku", "sonnet"]}, "baseline 'opus' cannot take part: not asked for"),
        ({"tiers": ["opus"]}, "at least two"),
        ({"modes": ["cheapest"]}, "no mode"),
        ({"judges": ["opus"]}, "no tier judges its own answers"),
    ],
)
async def test_what_cannot_be_tried_is_told_before_anything_is_sent(claude, tmp_path, changes, message):
    settings(claude)
    with pytest.raises(PersonError, match=message):
        await lab.run(tmp_path / "out", lab.items(2), lab.wanted(**changes))
    assert claude.chats == []


def test_a_torn_last_line_is_dropped_and_a_strange_one_is_told(tmp_path):
    with Journal(tmp_path) as journal:
        assert journal.answers == {}
        with pytest.raises(PersonError, match="another experiment is running"):
            Journal(tmp_path)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(
        b'{"type":"asking","key":"k","request":"r","prompt":"p","tier":"t","model":"m",'
        b'"purpose":"alone"}\n{"type":"answer","key":"k","req'
    )
    with Journal(tmp_path) as journal:
        assert list(journal.asked) == ["k"]
    assert path.read_bytes().endswith(b"}\n")
    path.write_bytes(b'{"type":"riddle"}\n')
    with pytest.raises(PersonError, match="line 1 of"):
        read(tmp_path)
