"""Scores by program: what counts as right, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from compute_broker.experiment.check_kinds import Contains
from compute_broker.experiment.checks import check, chosen, missing, runs_code
from compute_broker.experiment.numerals import readings
from compute_broker.experiment.prompts import PromptItem


def scored(answer: str, /, **how: Any) -> float | None:
    return check(PromptItem(id="1", prompt="?", check=how), answer)


@pytest.mark.parametrize(
    "answer",
    [
        "Canberra",
        "canberra.",
        "**Canberra**",
        "The capital is not Sydney.\n\nAnswer: Canberra",
        "It has been since 1913.\n\n**Canberra**",
        "The capital of Australia is **Canberra**.",
        '{"answer": "Canberra"}',
        "Australian Capital Territory: the A.C.T., so\n\\boxed{Canberra}",
    ],
)
def test_an_exact_answer_is_found_where_models_put_it(answer: str) -> None:
    assert scored(answer, kind="exact", accept=["Canberra"]) == 1.0


@pytest.mark.parametrize(
    "answer",
    ["", "   ", "Sydney", "Not Canberra", "Answer: Sydney\nCanberra is smaller", "Canberra or Sydney"],
)
def test_another_exact_answer_is_wrong(answer: str) -> None:
    assert scored(answer, kind="exact", accept=["Canberra"]) == 0.0


def test_several_exact_answers_are_accepted() -> None:
    how = {"kind": "exact", "accept": ["3:2", "three to two"]}
    assert scored("3:2", **how) == scored("Three to two.", **how) == 1.0
    assert scored("2:3", **how) == 0.0


@pytest.mark.parametrize(
    ("answer", "letter"),
    [
        ("B", "B"),
        ("**B**", "B"),
        ("B) the second", "B"),
        ("(B) the second", "B"),
        ("**B. The second**\n\nBecause A is too long and C too short.", "B"),
        ("The correct answer is B, because A is wrong.", "B"),
        ("Let me see: A fails.\n\nAnswer: (B)", "B"),
        ("Die richtige Antwort ist **B**.", "B"),
        ("A is tempting, but option C is right", "C"),
        ("A cat sat on a mat.", None),
        ("I do not know", None),
        ("", None),
    ],
)
def test_the_chosen_letter_is_found(answer: str, letter: str | None) -> None:
    assert chosen(answer) == letter
    assert scored(answer, kind="choice", answer="B") == float(letter == "B")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,234.5", [[1234.5]]),
        ("1.234,5 €", [[1234.5]]),
        ("1,234", [[1.234, 1234.0]]),
        ("0,125", [[0.125]]),
        ("1,234,567", [[1234567.0]]),
        ("12 500 and 7", [[12500.0], [7.0]]),
        ("3\u202f600 s", [[3600.0]]),
        ("-3 or −4", [[-3.0], [-4.0]]),
        ("5-7", [[5.0], [7.0]]),
        ("1/4", [[0.25]]),
        ("1/0", [[]]),
        ("6.02 × 10^23", [[6.02e23]]),
        ("2.5e-3", [[0.0025]]),
        (r"\frac{3}{8}", [[0.375]]),
        (r"\$1{,}250", [[1250.0]]),
        ("$1,250.00", [[1250.0]]),
        (".5", [[0.5]]),
        ("none", []),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, found: list[list[float]]) -> None:
    assert readings(text) == [pytest.approx(each) for each in found]


@pytest.mark.parametrize(
    "answer",
    [
        "42",
        "It is 42 km.",
        "6 times 7 makes **42**.",
        "**Step 1:** take 6.\n**Step 2**: times 7.\n\nThe total is 42",
        "**42** eggs, from 7 boxes of 6",
        "Answer: 42 (of 100)",
        "Answer: 6 × 7 = 42.0",
        "x = 42.004",
    ],
)
def test_a_number_is_found_where_models_put_it(answer: str) -> None:
    assert scored(answer, kind="number", value=42, tolerance=0.005) == 1.0


@pytest.mark.parametrize(
    "answer", ["", "no idea", "41", "42.1", "Answer: 24", "**42** is wrong; it is **43**"]
)
def test_another_number_is_wrong(answer: str) -> None:
    assert scored(answer, kind="number", value=42, tolerance=0.005) == 0.0


@pytest.mark.parametrize(
    ("how", "good", "bad"),
    [
        ({"all": ["red", "/blu(e|ish)/"]}, "RED and bluish", "infrared, blue"),
        ({"any": ["Sweden", "Schweden"]}, "It was Schweden.", "It was Finland."),
        ({"all": ["two  words"]}, "in two\nwords", "two other words"),
        ({"all": ["ok"], "none": ["/\\bvery\\b/"]}, "ok", "very ok"),
        ({"words": [2, 3]}, "one two three", "one"),
        ({"lines": [2, 2]}, "a\n\nb", "a\nb\nc"),
        ({"json_keys": ["name"]}, '```json\n{"name": 1}\n```', "name: 1"),
        ({"json_keys": ["name"]}, '{"name": null, "x": 2}', '{"title": 1}'),
        ({"json_keys": ["name"]}, '{"name": 1}', 'Here it is: {"name": 1}'),
    ],
)
def test_what_must_and_must_not_occur(how: dict[str, Any], good: str, bad: str) -> None:
    assert scored(good, kind="contains", **how) == 1.0
    assert scored(bad, kind="contains", **how) == 0.0
    assert scored(" \n", kind="contains", **how) == 0.0


def test_what_is_missing_can_be_told() -> None:
    kind = Contains(all=["a b"], any=["c"], none=["d"], words=(0, 1), json_keys=["k"])
    assert missing(kind, "d e") == [
        "has no a b",
        "has none of c",
        "has d",
        "has 2 words, not 0 to 1",
        "is no JSON object",
    ]


def test_only_a_judge_can_tell_of_a_rubric() -> None:
    assert scored("anything", kind="rubric", points=[{"point": "is kind"}]) is None
    assert scored("anything") is None


CODE = {
    "kind": "code",
    "function": "double",
    "tests": ["assert double(2) == 4", {"args": [3], "expected": 6}],
}
BLOCK = "```python\ndef double(x):\n    return {}\n```\n"
RIGHT = f"Here:\n\n{BLOCK.format('2 * x')}\nUse it so:\n\n```python\nprint(double(1))\n```"


def coded(answer: str, **how: Any) -> float | None:
    return check(PromptItem(id="1", prompt="?", check={**CODE, **how}), answer, allow_code=True)


def test_code_is_not_run_without_leave(tmp_path: Any) -> None:
    mark = tmp_path / "ran"
    answer = f"```python\nopen({str(mark)!r}, 'w')\ndef double(x):\n    return 2 * x\n```"
    item = PromptItem(id="1", prompt="?", check=CODE)
    assert runs_code(item)
    assert check(item, answer) is None
    assert not mark.exists()


@pytest.mark.parametrize(
    "answer",
    [
        RIGHT,
        "def double(x):\n    return x + x",
        "1. First\n\n   ```py\n   def double(x):\n       return 2 * x\n   ```\n",
        "```python\ndouble = lambda x: 2 * x",
        f"First try:\n{BLOCK.format('x')}Better:\n{BLOCK.format('2 * x')}",
    ],
)
def test_code_is_found_in_an_answer_and_run(answer: str) -> None:
    assert coded(answer) == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I cannot do that.",
        "```python\ndef double(x):\n    return x ** 2\n```",
        "```python\ndef triple(x):\n    return 3 * x\n```",
        "```python\ndef double(x)\n    return 2 * x\n```",
        "```sql\nSELECT 1\n```",
        "```python\nimport sys\nsys.exit(0)\n```",
        '```python\nimport os\nprint(\'{"tests": [{"ok": true}, {"value": 6}]}\')\nos._exit(0)\n```',
    ],
)
def test_code_that_fails_scores_nothing(answer: str) -> None:
    assert coded(answer) == 0.0


def test_values_are_compared_with_care() -> None:
    def value(code: str, expected: Any) -> float | None:
        tests = [{"args": [], "expected": expected}]
        return coded(f"def f():\n    return {code}", function="f", tests=tests)

    assert value("(1, [0.1 + 0.2])", [1, [0.3]]) == 1.0
    assert value("{'a': 1}", {"a": 1}) == 1.0
    assert value("True", 1) == 0.0
    assert value("[1, 2]", [2, 1]) == 0.0
    assert value("{1, 2}", [1, 2]) == 0.0
    assert value("None", None) == 1.0
