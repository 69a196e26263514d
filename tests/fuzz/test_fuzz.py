"""The corpus holds, and so do thousands of new inputs; the fuzzer itself finds a planted fault."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from fuzz import test_fuzz as this
from fuzz.fuzzer import Fuzzer, kept
from fuzz.targets import TARGETS

RUNS = 3_000


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_the_corpus_and_its_mutations_hold(name: str) -> None:
    target, watched, words = TARGETS[name]
    seeds = kept(name)
    assert len(seeds) >= 4
    fuzzer = Fuzzer(target, watched, words, seed=20261124)
    assert fuzzer.run(seeds, RUNS) is None
    assert len(fuzzer.pool) > len(seeds) / 2  # new ways through the code were found and followed


def planted(data: bytes) -> None:
    """Fail on one input that is only found step by step."""
    if data[:1] == b"b":
        if data[1:2] == b"u":
            if data[2:3] == b"g":
                raise ValueError("found")
            return
        return


def test_the_fuzzer_follows_new_lines_to_a_fault_deep_inside() -> None:
    fuzzer = Fuzzer(planted, [Path(inspect.getfile(this))], [b"b", b"u", b"g", b"x"], seed=1)
    failed = fuzzer.run([b"nothing"], 200_000)
    assert failed is not None
    assert failed.startswith(b"bug")
