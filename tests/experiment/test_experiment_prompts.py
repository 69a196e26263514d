"""Files of prompts: our own, MT-Bench's, Arena-Hard's, anybody's, and bad ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from compute_broker.core.errors import PersonError
from compute_broker.experiment.prompts import PromptItem, parse_mapping, read_prompts


def written(folder: Path, *lines: Any) -> Path:
    """Write lines, JSON unless they are text already, and return the file."""
    path = folder / "set.jsonl"
    path.write_text("\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines) + "\n")
    return path


def test_our_own_format_is_read_whole(tmp_path: Path) -> None:
    line = {
        "id": "reasoning-01",
        "category": "reasoning",
        "difficulty": "easy",
        "stakes": "high",
        "prompt": "What is 2 + 2?",
        "reference": "4",
        "check": {"kind": "number", "value": 4},
    }
    assert read_prompts(written(tmp_path, line, "")) == [PromptItem(**line)]


def test_mt_bench_gives_its_first_turn(tmp_path: Path) -> None:
    line = {
        "question_id": 111,
        "category": "math",
        "turns": ["What is the area?", "And the perimeter?"],
        "reference": ["Area is 3", "Perimeter is 8"],
    }
    (item,) = read_prompts(written(tmp_path, line))
    assert item == PromptItem(id="111", prompt="What is the area?", category="math", reference="Area is 3")


def test_arena_hard_is_read_in_both_shapes(tmp_path: Path) -> None:
    old = {"question_id": "a1", "category": "arena-hard-v0.1", "turns": [{"content": "Use ABC notation."}]}
    new = {"uid": "b2", "category": "hard_prompt", "subcategory": "coding", "prompt": "Build a parser."}
    items = read_prompts(written(tmp_path, old, new))
    assert [(item.id, item.prompt) for item in items] == [
        ("a1", "Use ABC notation."),
        ("b2", "Build a parser."),
    ]


def test_any_lines_are_read_with_a_mapping(tmp_path: Path) -> None:
    path = written(tmp_path, {"uid": 7, "question": "Who?", "gold": 1889, "difficulty": "level 5"})
    mapping = parse_mapping(
        ["prompt=question", "id = uid", "reference=gold", "difficulty=difficulty"],
    )
    (item,) = read_prompts(path, mapping)
    assert item == PromptItem(id="7", prompt="Who?", reference="1889", difficulty="level 5")


def test_a_line_without_an_id_gets_its_number(tmp_path: Path) -> None:
    assert [item.id for item in read_prompts(written(tmp_path, {"prompt": "a"}, "", {"prompt": "b"}))] == [
        "line-1",
        "line-3",
    ]


def test_every_bad_line_is_told_with_its_number(tmp_path: Path) -> None:
    lines = (
        {"id": "x", "prompt": "fine"},
        "{not json",
        "[1]",
        {"id": "y"},
        {"id": "x", "prompt": "again"},
        {"id": "d", "prompt": "p", "check": {"kind": "choice"}, "reference": "none of them"},
        {"id": "e", "prompt": "p", "check": {"kind": "magic"}},
        {"id": "f", "prompt": "p", "check": {"kind": "contains", "all": ["/(/"]}},
        {"id": "g", "prompt": "p", "check": {"kind": "contains"}},
        {"id": True, "prompt": "p"},
        {"id": "h", "prompt": "p", "private": "yes"},
        {"id": "i", "prompt": "p", "check": [1]},
    )
    with pytest.raises(PersonError) as caught:
        read_prompts(written(tmp_path, *lines))
    told = str(caught.value).split("\n")
    assert [line.split(":")[0] for line in told] == [f"line {n} of set.jsonl" for n in range(2, 13)]
    for line, words in zip(
        told,
        (
            "not JSON",
            "no JSON object",
            "--map prompt=question",
            "the id 'x' of line 1",
            "its reference is no letter from A to J",
            "magic",
            "has the pattern /(/",
            "asks for nothing",
            "its id is neither text",
            "neither true nor false",
            "its check is no object",
        ),
        strict=True,
    ):
        assert words in line


def test_many_bad_lines_are_counted(tmp_path: Path) -> None:
    with pytest.raises(PersonError) as caught:
        read_prompts(written(tmp_path, *["?"] * 50))
    assert str(caught.value).split("\n")[-1] == "and 30 more bad lines"
    assert len(str(caught.value).split("\n")) == 21


@pytest.mark.parametrize(
    ("pairs", "words"),
    [(["prompt"], "maps nothing"), (["question=prompt"], "no field 'question'; ")],
)
def test_a_bad_mapping_is_refused(pairs: list[str], words: str) -> None:
    with pytest.raises(PersonError, match=words.replace("; ", "")):
        parse_mapping(pairs)


def test_a_mapped_field_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(PersonError, match=r"line 1 of set\.jsonl: it has no 'q', which was to be its prompt"):
        read_prompts(written(tmp_path, {"prompt": "p"}), {"prompt": "q"})


def test_no_prompts_and_no_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(PersonError, match="holds no prompt"):
        read_prompts(written(tmp_path))
    with pytest.raises(PersonError, match="cannot be read"):
        read_prompts(tmp_path / "nowhere.jsonl")
    bad = tmp_path / "bad.jsonl"
    bad.write_bytes(b"\xff\xfe{}")
    with pytest.raises(PersonError, match="cannot be read"):
        read_prompts(bad)
