"""Splitting a stream into finished blocks: nothing lost, nothing cut that shows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.desktop.markdown.blocks import LIMIT, Splitter

PIECES = [
    "text ",
    "**bold** ",
    "\n",
    "\n\n",
    "- item\n",
    "  - sub\n",
    "1. one\n",
    "```py\n",
    "```\n",
    "x = 1\n",
]
PIECES += ["| a | b |\n", "|---|---|\n", "| 1 | 2 |\n", "> quote\n", "# Head\n", "~~~\n", "    code\n"]


def split(pieces: list[str]) -> list[str]:
    splitter = Splitter()
    chunks = [chunk for piece in pieces for chunk in splitter.feed(piece)]
    return [chunk.text for chunk in [*chunks, splitter.finish()]]


@given(st.lists(st.sampled_from(PIECES), max_size=80))
def test_short_blocks_come_out_as_they_went_in(pieces: list[str]) -> None:
    if sum(map(len, pieces)) <= LIMIT:
        assert "".join(split(pieces)) == "".join(pieces)


@given(st.lists(st.sampled_from(PIECES), max_size=60), st.integers(1, 7))
def test_the_pace_of_the_stream_loses_nothing(pieces: list[str], step: int) -> None:
    text = "".join(pieces)
    paced = [text[at : at + step] for at in range(0, len(text), step)]
    assert "".join(split(paced)) == text


@pytest.mark.parametrize("language", ["python", ""])
def test_a_long_fence_is_cut_between_lines_and_stays_code(language: str) -> None:
    lines = [f"line_{number} = {number}" for number in range(1_000)]
    text = f"```{language}\n" + "\n".join(lines) + "\n```\n\nafter"
    chunks = split([text[at : at + 500] for at in range(0, len(text), 500)])
    assert len(chunks) > 5
    assert all(chunk.startswith(f"```{language}\n") for chunk in chunks[:-1])
    inner = [line for chunk in chunks[:-1] for line in chunk.splitlines() if not line.startswith("```")]
    assert [line for line in inner if line] == lines
    assert chunks[-1].strip() == "after"


def test_a_long_table_keeps_its_head_and_every_row() -> None:
    head = "| number | square |\n|---|---|\n"
    rows = [f"| {number} | {number * number} |\n" for number in range(500)]
    chunks = split([head, *rows])
    assert all(chunk.startswith(head) for chunk in chunks)
    assert "".join(chunk.removeprefix(head) for chunk in chunks) == "".join(rows)


def test_a_line_without_end_is_cut_all_the_same() -> None:
    text = "x" * 100_000
    splitter = Splitter()
    chunks = splitter.feed(text)
    assert all(len(chunk.text) <= LIMIT for chunk in chunks)
    assert len(splitter.tail.text) <= LIMIT
    assert "".join(chunk.text for chunk in chunks) + splitter.tail.text == text


def test_a_list_is_not_torn_apart_by_blank_lines() -> None:
    splitter = Splitter()
    assert splitter.feed("1. one\n\n2. two\n\n   more of two\n\n3. three\n") == []
    (finished,) = splitter.feed("\nA paragraph.")
    assert finished.text.endswith("3. three\n\n")


def test_a_fence_is_open_until_its_own_kind_closes_it() -> None:
    splitter = Splitter()
    assert splitter.feed("````\n```\n\nstill code\n\n~~~\n") == []
    (finished,) = splitter.feed("````\n\nprose")
    assert "still code" in finished.text
