"""A small coverage-guided fuzzer: inputs that reach a new pair of lines are kept and mutated on.

By hand, for as long as one likes; what fails is written to the corpus, which the tests replay:

    python -m fuzz.fuzzer sse --runs 1000000 --seed 7        (in tests/)
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import FrameType
from typing import Any

CORPUS = Path(__file__).parent / "corpus"
Target = Callable[[bytes], None]
Edge = tuple[str, int, int]
_LONGEST = 4096


class Fuzzer:
    """Runs ``target`` on mutations of ``seeds``; ``words`` are bytes that mean something to it."""

    def __init__(self, target: Target, watched: Iterable[Path], words: Iterable[bytes], *, seed: int) -> None:
        """Watch the lines of the files in ``watched``."""
        self._target = target
        self._watched = {str(path) for path in watched}
        self._words = list(words)
        self._chance = random.Random(seed)  # noqa: S311 - to be the same each time
        self.seen: set[Edge] = set()
        self.pool: list[bytes] = []

    def run(self, seeds: Iterable[bytes], runs: int) -> bytes | None:
        """Return the first input on which the target fails; ``None`` when there was none in ``runs``."""
        for data in seeds:
            if not self._try(data):
                return data
        for _ in range(runs):
            data = self._mutated(self._chance.choice(self.pool))
            if not self._try(data):
                return data
        return None

    def _try(self, data: bytes) -> bool:
        edges: set[Edge] = set()
        old = sys.gettrace()
        sys.settrace(self._tracer(edges))
        try:
            self._target(data)
        except Exception:  # noqa: BLE001 - whatever it is, it was found
            return False
        finally:
            sys.settrace(old)
        if not self.pool or not edges <= self.seen:
            self.seen |= edges
            self.pool.append(data)
        return True

    def _tracer(self, edges: set[Edge]) -> Any:
        watched = self._watched

        def called(frame: FrameType, _event: str, _value: Any) -> Any:
            name = frame.f_code.co_filename
            if name not in watched:
                return None
            before = 0

            def line(frame: FrameType, event: str, _value: Any) -> Any:
                nonlocal before
                if event == "line":
                    edges.add((name, before, frame.f_lineno))
                    before = frame.f_lineno
                return line

            return line

        return called

    def _mutated(self, data: bytes) -> bytes:
        chance = self._chance
        found = bytearray(data)
        for _ in range(chance.choice((1, 1, 2, 4, 8))):
            place = chance.randint(0, len(found))
            match chance.randrange(6):
                case 0:
                    found[place:place] = chance.choice(self._words)
                case 1:
                    found[place : place + chance.randint(1, 8)] = b""
                case 2 if found:
                    found[place % len(found)] = chance.randrange(256)
                case 3:
                    found[place:place] = chance.randbytes(chance.randint(1, 4))
                case 4:
                    other = chance.choice(self.pool)
                    found[place:] = other[chance.randint(0, len(other)) :]
                case _:
                    start = chance.randint(0, place)
                    found[place:place] = found[start:place] * chance.randint(1, 3)
        return bytes(found[:_LONGEST])


def kept(name: str) -> list[bytes]:
    """Return the corpus of a target: seeds, and what once failed."""
    return [path.read_bytes() for path in sorted((CORPUS / name).iterdir())]


def keep(name: str, data: bytes) -> Path:
    """Write an input that failed into the corpus."""
    path = CORPUS / name / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


def main() -> int:
    """Fuzz one target by hand."""
    from fuzz.targets import TARGETS  # noqa: PLC0415 - it imports this module

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    wanted = parser.parse_args()
    target, watched, words = TARGETS[wanted.target]
    fuzzer = Fuzzer(target, watched, words, seed=wanted.seed)
    failed = fuzzer.run(kept(wanted.target), wanted.runs)
    sys.stdout.write(f"{len(fuzzer.pool)} inputs reach {len(fuzzer.seen)} pairs of lines\n")
    if failed is None:
        return 0
    sys.stdout.write(f"failed, kept as {keep(wanted.target, failed)}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
