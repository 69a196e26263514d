"""Our own 100 prompts: complete, sound, and each check tells right from wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from compute_broker.experiment.check_kinds import Code, parse_check
from compute_broker.experiment.checks import check, needs_judge
from compute_broker.experiment.prompts import PromptItem, own_set, read_prompts
from compute_broker.experiment.set_check import unsound
from experiment.sample_answers import ALSO_GOOD, GOOD, MISTAKEN
from experiment.solutions import RIGHT, WRONG
from experiment.workings import WORKINGS

ITEMS = {item.id: item for item in read_prompts(own_set())}
CODE = [item.id for item in ITEMS.values() if isinstance(parse_check(item.check, item.reference), Code)]
PLAIN = [item.id for item in ITEMS.values() if not needs_judge(item, allow_code=True) and item.id not in CODE]
CATEGORIES = ("analysis", "writing", "coding", "knowledge", "reasoning")


def test_there_are_twenty_of_each_kind_mixed_in_difficulty_and_stakes() -> None:
    assert Counter(item.category for item in ITEMS.values()) == dict.fromkeys(CATEGORIES, 20)
    for category in CATEGORIES:
        ours = [item for item in ITEMS.values() if item.category == category]
        assert [item.id for item in ours] == [f"{category}-{n:02d}" for n in range(1, 21)]
        levels = Counter(item.difficulty for item in ours)
        assert set(levels) == {"easy", "medium", "hard"}
        assert min(levels.values()) >= 5
        assert {item.stakes for item in ours} == {"low", "medium", "high"}


def test_no_prompt_is_there_twice_or_private() -> None:
    assert len({item.prompt for item in ITEMS.values()}) == 100
    assert not any(item.private for item in ITEMS.values())


def test_most_can_be_told_by_program() -> None:
    assert len(PLAIN) + len(CODE) == 85
    for item in ITEMS.values():
        if item.check["kind"] == "rubric":
            assert len(item.check["points"]) >= 3, item.id


def test_every_reference_passes_its_own_check() -> None:
    assert unsound(ITEMS.values()) == []


@pytest.mark.parametrize("name", PLAIN)
def test_a_check_tells_right_from_wrong(name: str) -> None:
    item = ITEMS[name]
    right = [answer for answer in (item.reference, GOOD.get(name), ALSO_GOOD.get(name)) if answer is not None]
    assert right
    assert [check(item, answer) for answer in right] == [1.0] * len(right)
    assert check(item, MISTAKEN[name]) == 0.0


@pytest.mark.parametrize("name", CODE)
def test_tests_tell_a_solution_from_a_mistake(name: str) -> None:
    def scored(code: str) -> float | None:
        return check(ITEMS[name], f"Here it is:\n\n```python\n{code}```\n", allow_code=True)

    assert scored(RIGHT[name]) == 1.0
    assert scored(WRONG[name]) == 0.0


def test_the_answers_beside_the_set_fit_it() -> None:
    assert set(RIGHT) == set(WRONG) == set(CODE)
    assert set(WORKINGS) | set(GOOD) | set(ALSO_GOOD) <= set(PLAIN)
    assert set(MISTAKEN) == set(PLAIN)


@pytest.mark.parametrize("name", list(WORKINGS))
def test_a_reference_is_what_comes_of_working_it_out(name: str) -> None:
    found: Any = WORKINGS[name]()
    kind = ITEMS[name].check
    if kind["kind"] == "number":
        assert abs(float(found) - kind["value"]) <= kind.get("tolerance", 0) + 1e-9
    else:
        assert found == ITEMS[name].reference


def test_the_failed_requests_are_counted_in_the_prompt_itself() -> None:
    item = ITEMS["analysis-05"]
    requests = [line.split() for line in item.prompt.split("\n") if line[2:3] == ":"]
    assert len(requests) == 90
    assert sum(500 <= int(words[3]) < 600 for words in requests) == item.check["value"]


def test_an_unsound_set_is_told() -> None:
    bad = PromptItem(id="a", prompt="?", reference="3", check={"kind": "number", "value": 4})
    lax = PromptItem(id="b", prompt="?", check={"kind": "contains", "words": [1, 9]})
    odd = PromptItem(id="c", prompt="?", reference="red", check={"kind": "contains", "all": ["blue"]})
    assert unsound([bad, lax, odd]) == [
        "a: its reference does not pass its own check",
        "b: its check lets pass 'I do not know.'",
        "c: its reference does not pass its own check: it has no blue",
    ]
