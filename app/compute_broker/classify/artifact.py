"""The learned weights on disk: one compressed file, read once, kept as plain bytes.

Layout, all in one zlib stream: a JSON header (its length in the first four bytes, big endian), then the
hashed table (``BUCKETS`` rows of one byte a column), then the word table (``WORD_SLOTS`` rows of a
fingerprint byte and one byte a column; fingerprint 0 marks an empty slot). A byte is a weight plus 128,
in steps that the header gives for each column. No numpy: sums of a few hundred small rows are as
quick without it, and its import alone takes longer than loading this.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compute_broker.classify.features import BUCKETS, VERSION
from compute_broker.core.errors import EnvironmentFaultError

COLUMNS = (
    "analysis",
    "writing",
    "coding",
    "knowledge",
    "reasoning",
    "chat",
    "difficulty",
    "log_sd",
    "log_tokens",
)
"""What the weights add up to: six category logits, difficulty (logits), log of its sd, log of tokens."""

WORD_SLOTS = 1 << 18
_WIDTH = len(COLUMNS)
_ZERO = 128


@dataclass(frozen=True, slots=True)
class Artifact:
    """The weights with their header."""

    header: dict[str, Any]
    hashed: bytes
    words: bytes

    def hashed_sums(self, buckets: Sequence[int]) -> list[float]:
        """Return the sum of the hashed table's rows, per column, in weight units."""
        table, width = self.hashed, _WIDTH
        rows = [table[at * width : at * width + width] for at in buckets]
        return self._sums(rows, self.header["hashed_steps"])

    def word_sums(self, hashes: Sequence[int]) -> tuple[list[float], int]:
        """Return the sum of the known words' rows, per column, and how many words were known."""
        table, width = self.words, _WIDTH + 1
        rows = []
        for word in hashes:
            at = slot(word) * width
            if table[at] == fingerprint(word):
                rows.append(table[at + 1 : at + width])
        return self._sums(rows, self.header["word_steps"]), len(rows)

    def _sums(self, rows: list[bytes], steps: list[float]) -> list[float]:
        if not rows:
            return [0.0] * _WIDTH
        lift = _ZERO * len(rows)
        return [
            (sum(column) - lift) * step for column, step in zip(zip(*rows, strict=True), steps, strict=True)
        ]


def slot(word_hash: int) -> int:
    """Return the row of a word's 32-bit hash."""
    return word_hash & (WORD_SLOTS - 1)


def fingerprint(word_hash: int) -> int:
    """Return 1 to 255 from the bits that :func:`slot` does not use, to tell strangers apart."""
    return (word_hash >> 18) % 255 + 1


def save(path: Path, header: dict[str, Any], hashed: bytes, words: bytes) -> None:
    """Write an artifact; the same input gives the same bytes."""
    text = json.dumps(header, sort_keys=True).encode()
    path.write_bytes(zlib.compress(len(text).to_bytes(4, "big") + text + hashed + words, 9))


def load(path: Path) -> Artifact:
    """Read an artifact.

    Raises:
        EnvironmentFaultError: the file is damaged or belongs to another version of the program.
    """
    try:
        raw = zlib.decompress(path.read_bytes())
        size = 4 + int.from_bytes(raw[:4], "big")
        header = json.loads(raw[4:size])
    except (OSError, ValueError, zlib.error) as error:
        raise EnvironmentFaultError(
            f"the classifier's file {path.name} cannot be read; install the program again"
        ) from error
    end = size + BUCKETS * _WIDTH
    if header.get("features") != VERSION or len(raw) != end + WORD_SLOTS * (_WIDTH + 1):
        raise EnvironmentFaultError(
            f"the classifier's file {path.name} is of another version; install the program again"
        )
    return Artifact(header, raw[size:end], raw[end:])
