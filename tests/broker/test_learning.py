"""What use teaches of the tiers: the arithmetic, its bounds, and the whole way from a thumb to a choice."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.world import ask, cloud, end_of, world, write_settings
from compute_broker.broker.events import AskOptions, Decided, Delta
from compute_broker.broker.learning import learned_from
from compute_broker.broker.lesson_file import read_lessons, write_lessons
from compute_broker.core.ability import Ability
from compute_broker.core.errors import PersonError
from compute_broker.core.learning import FARTHEST, Evidence, learned_verbosity, taught
from compute_broker.core.task import Category
from compute_broker.ledger.records import Signal
from doubles.script import Gate, Reply, Tokens

PRIOR = Ability(1.0, 0.5)
evidence = st.builds(Evidence, st.floats(-6, 6), st.booleans(), st.floats(0.1, 1.0), st.integers(0, 400))


@given(st.lists(evidence, max_size=30))
def test_no_lessons_move_an_ability_far_or_widen_its_doubt(lessons):
    found = taught(PRIOR, lessons)
    assert abs(found.shift) <= FARTHEST
    assert found.ability.sd <= PRIOR.sd + 1e-12
    assert (found.good, found.total) == (sum(each.good for each in lessons), len(lessons))


@given(st.lists(evidence, max_size=12), st.randoms())
def test_the_order_of_lessons_does_not_matter(lessons, random):
    shuffled = list(lessons)
    random.shuffle(shuffled)
    assert taught(PRIOR, shuffled).shift == pytest.approx(taught(PRIOR, lessons).shift, abs=1e-9)


@given(st.lists(evidence, min_size=1, max_size=12), st.integers(0, 11))
def test_a_success_never_teaches_worse_than_a_failure(lessons, place):
    place %= len(lessons)
    good, bad = list(lessons), list(lessons)
    good[place], bad[place] = replace(lessons[place], good=True), replace(lessons[place], good=False)
    assert taught(PRIOR, good).shift >= taught(PRIOR, bad).shift


def test_one_bad_day_banishes_nobody_and_a_bad_month_is_believed():
    day = [Evidence(0.0, good=False, weight=1.0, days_ago=0)] * 20
    month = [Evidence(0.0, good=False, weight=1.0, days_ago=day) for day in range(30)]
    assert -0.45 < taught(PRIOR, day).shift < -0.1
    assert taught(PRIOR, month).shift < -0.8


def test_old_lessons_fade():
    fresh = taught(PRIOR, [Evidence(0.0, good=False, weight=1.0, days_ago=0)]).shift
    old = taught(PRIOR, [Evidence(0.0, good=False, weight=1.0, days_ago=180)]).shift
    assert fresh < old < 0.2 * fresh


@given(st.floats(0.1, 8), st.integers(0, 500), st.floats(-2, 2))
def test_a_learned_length_lies_between_what_was_believed_and_what_was_seen(prior, count, mean_log):
    found = learned_verbosity(prior, count, mean_log)
    low, high = sorted([prior, 2.718281828459045**mean_log])
    assert low - 1e-9 <= found <= high + 1e-9


def ability_of(services, tier_id: str, category: Category) -> float:
    return services.broker.snapshot.quotes[tier_id].tier.abilities.ability(category).mean


POEM = "Write a short poem about the sea in winter."


async def test_thumbs_move_an_ability_are_told_and_can_be_forgotten(claude):
    home = write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        before = ability_of(services, "haiku", Category.WRITING)
        for rating in (-1, -1, 1):
            receipt = end_of(await ask(services, POEM, tier_id="haiku")).receipt
            await services.broker.rate(receipt.request_id, rating)
        after = ability_of(services, "haiku", Category.WRITING)
        assert after < before
        assert ability_of(services, "haiku", Category.CODING) != after
        (finding,) = services.broker.findings()
        assert finding.sentence == "Claude Haiku did worse than expected on your writing: 1 of 3"
        row = services.broker.preview(POEM).considered[0]
        assert "on your writing questions 1 of 3 were good" in row.reason
        await services.broker.ledger.forget_lessons("haiku")
        await services.broker.ledger.forget_lessons()
        await services.broker.ledger.remember_lessons()
        await services.broker.learn()
        assert ability_of(services, "haiku", Category.WRITING) == before
        assert services.broker.findings() == []
        await services.broker.ledger.remember_lessons()
        await services.broker.learn()
        assert ability_of(services, "haiku", Category.WRITING) == after
    async with world(home, anthropic="sk-test") as services:
        assert ability_of(services, "haiku", Category.WRITING) == pytest.approx(after)


@pytest.mark.parametrize(
    ("old", "new"),
    [("claude-haiku-5-5", "claude-sonnet-5-5"), ('model = "', 'effort = "low"\nmodel = "')],
    ids=["another model", "another effort"],
)
async def test_a_tier_with_another_model_or_effort_begins_anew(claude, old, new):
    home = write_settings(cloud("haiku", claude.url))
    async with world(home, anthropic="sk-test") as services:
        receipt = end_of(await ask(services, POEM)).receipt
        await services.broker.rate(receipt.request_id, -1)
        assert services.broker.findings()
    assert old in cloud("haiku", claude.url)
    home = write_settings(cloud("haiku", claude.url).replace(old, new))
    async with world(home, anthropic="sk-test") as services:
        assert services.broker.findings() == []
        receipt = end_of(await ask(services, POEM)).receipt
        await services.broker.rate(receipt.request_id, -1)
        assert [each.taught.total for each in services.broker.findings()] == [1]


@pytest.mark.parametrize(
    ("signals", "rating", "good", "weight"),
    [
        ([Signal.COPIED], None, True, 0.3),
        ([Signal.ASKED_BETTER, Signal.COPIED], None, False, 0.7),
        ([Signal.ASKED_BETTER], 1, True, 1.0),
    ],
)
async def test_the_strongest_sign_of_an_answer_counts(claude, signals, rating, good, weight):
    async with world(write_settings(cloud("haiku", claude.url)), anthropic="sk-test") as services:
        receipt = end_of(await ask(services, POEM)).receipt
        for signal in (*signals, *signals):
            await services.broker.note_signal(receipt.request_id, signal)
        await services.broker.rate(receipt.request_id, rating)
        (lesson,) = await services.broker.ledger.lessons()
        assert (lesson.good, lesson.weight, lesson.category) == (good, weight, "writing")


@pytest.mark.parametrize("words", [True, False], ids=["after words", "before a word"])
async def test_an_answer_stopped_while_it_is_written_is_a_weak_failure(claude, words):
    gate = Gate()
    async with world(write_settings(cloud("haiku", claude.url)), anthropic="sk-test") as services:
        claude.enqueue(Reply("The sea in winter", hold=gate, hold_after=2 if words else 0))
        async with aclosing(services.broker.ask(POEM, AskOptions())) as events:
            async for event in events:
                if isinstance(event, Delta if words else Decided):
                    break
        gate.open()
        assert [(each.good, each.weight) for each in await services.broker.ledger.lessons()] == (
            [(False, 0.2)] if words else []
        )


async def test_what_the_person_corrected_is_learned_from_too_but_hardly(claude):
    corrected = cloud("haiku", claude.url) + "ability = { writing = 2.5 }\n"
    async with world(write_settings(corrected), anthropic="sk-test") as services:
        receipt = end_of(await ask(services, POEM)).receipt
        await services.broker.rate(receipt.request_id, -1)
        after = ability_of(services, "haiku", Category.WRITING)
        assert 2.4 < after < 2.5
        broker = services.broker
        assert broker.snapshot.quotes["haiku"].tier.abilities.source.endswith("corrected by you")


async def test_lengths_seen_change_what_a_tier_is_expected_to_cost(claude):
    home = write_settings(cloud("haiku", claude.url, max_output=100_000))
    async with world(home, anthropic="sk-test") as services:
        before = services.broker.preview(POEM)
        for _ in range(12):
            claude.enqueue(Reply("A long poem.", usage=Tokens(input=40, output=4_000)))
            await ask(services, POEM)
        await services.broker.learn()
        after = services.broker.preview(POEM)
        assert after.expected_cost > 2 * before.expected_cost


async def test_lessons_travel_as_a_file_and_are_never_counted_twice(claude, tmp_path, monkeypatch):
    path = tmp_path / "lessons.json"
    home = write_settings(cloud("haiku", claude.url))
    async with world(home, anthropic="sk-test") as services:
        receipt = end_of(await ask(services, POEM)).receipt
        await services.broker.rate(receipt.request_id, -1)
        assert write_lessons(path, await services.broker.ledger.lessons()) == 1
        assert await services.broker.ledger.import_lessons(read_lessons(path)) == 0
        here = ability_of(services, "haiku", Category.WRITING)
    assert "poem" not in path.read_text("utf-8")
    monkeypatch.setenv("COMPUTE_BROKER_HOME", str(tmp_path / "another"))
    async with world(write_settings(cloud("haiku", claude.url)), anthropic="sk-test") as services:
        ledger = services.broker.ledger
        assert [await ledger.import_lessons(read_lessons(path)) for _ in range(2)] == [1, 0]
        await services.broker.learn()
        assert ability_of(services, "haiku", Category.WRITING) == pytest.approx(here)


@pytest.mark.parametrize("text", ["", "[]", '{"format": "x", "version": 1, "lessons": []}', '{"version": 9}'])
def test_a_file_of_something_else_is_told_so(tmp_path, text):
    path = tmp_path / "lessons.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PersonError, match=r"lessons\.json"):
        read_lessons(path)


def test_unknown_categories_are_left_out(tmp_path):
    line = {
        "origin": "a",
        "tier": "haiku",
        "model": "m",
        "category": "writing",
        "difficulty": 0,
        "good": True,
        "weight": 1,
        "day": "2026-11-24",
    }
    path = tmp_path / "lessons.json"
    path.write_text(
        json.dumps({"format": "compute-broker lessons", "version": 1, "lessons": [line]}), "utf-8"
    )
    (lesson,) = read_lessons(path)
    strange = replace(lesson, category="poetry")
    assert not learned_from([strange], [], date(2026, 11, 24)).lessons


@pytest.mark.parametrize(
    ("given", "expected"), [("2.5", 2.5), ('"like claude-opus-5-5"', None)], ids=["figure", "like another"]
)
async def test_the_person_corrects_an_ability(claude, given, expected):
    corrected = cloud("haiku", claude.url) + f"ability = {{ coding = {given} }}\n"
    home = write_settings(corrected, cloud("opus", claude.url))
    async with world(home, anthropic="sk-test") as services:
        found = ability_of(services, "haiku", Category.CODING)
        assert found == (expected or ability_of(services, "opus", Category.CODING))
        assert ability_of(services, "haiku", Category.WRITING) != found
