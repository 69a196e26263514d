"""The features of a prompt: hashed words and cues. Training and use share this file.

Every feature is present or absent. Words (with pairs, stems and fragments, so that typos and
inflections cost little) form one group, cues (counts in coarse steps) the other; each is scaled by
the square root of its size, so that a long prompt does not shout down its own question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from compute_broker.classify.lexicon import families
from compute_broker.classify.rules import multiple_choice
from compute_broker.classify.text import words

BUCKETS = 1 << 16
"""Hash buckets; collisions are rare enough at the vocabulary of the training texts."""

VERSION = 2
"""Raised whenever the features change: weights of another version are refused."""

_STEM = 5
_FRAGMENT = 4
_MAX_WORDS = 256
_FRAGMENT_WORDS = 32
_CODE = re.compile(
    r"```|[{};]\s*(?:\n|$)|\b(?:def|class|import|return|const|let|var|fn|public|void)\b[ (]|=>|::|</\w+>|"
    r"#include"
)
_LATEX = re.compile(r"\\[a-z]+|\$[^$]+\$")
_NUMBER = re.compile(r"\d+")
_WIDE = re.compile(r"[぀-ヿ㐀-鿿가-힯]")
_SENTENCE = re.compile(r"[.?!。？！](?=\s|$)")
_STEPS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)
_LADDERS = {
    "words": (
        4, 6, 8, 10, 12, 15, 18, 21, 25, 29, 34, 40, 46, 53, 61, 70, 80, 95, 110, 130, 160, 200, 260,
        340, 450,
    ),
    "numbers": (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30),
    "sentences": (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20),
}  # fmt: skip
"""Every rung that a count reaches is a cue, so that a weight a rung makes any smooth curve of the count."""


@dataclass(frozen=True, slots=True)
class Features:
    """Bucket numbers of the words and of the cues, and the hashes of the plain words."""

    words: list[int]
    cues: list[int]
    plain: list[int]


def features(text: str) -> Features:
    """Return the features of ``text`` (already focused)."""
    tokens = ["0" * min(len(word), 5) if word.isdigit() else word for word in words(text)]
    if len(tokens) > _MAX_WORDS:
        tokens = tokens[: _MAX_WORDS // 2] + tokens[-_MAX_WORDS // 2 :]
    found = set(tokens)
    found.update(map(" ".join, pairwise(tokens)))
    for word in set(tokens[:_FRAGMENT_WORDS] + tokens[-_FRAGMENT_WORDS:]):
        if len(word) > _STEM:
            found.add("/" + word[:_STEM])
        if len(word) >= _FRAGMENT and word.isalpha():
            found.update("_" + word[at : at + _FRAGMENT] for at in range(len(word) - _FRAGMENT + 1))
    plain = [crc32(word.encode()) for word in dict.fromkeys(tokens)]
    return Features(_hashed(found), _hashed(set(_cues(text, tokens))), plain)


def _hashed(names: set[str]) -> list[int]:
    mask = BUCKETS - 1
    return sorted({crc32(name.encode()) & mask for name in names})


def _cues(text: str, tokens: list[str]) -> list[str]:
    numbers = _NUMBER.findall(text)
    cues = [f"^{place}:{word}" for place, word in enumerate(tokens[:3])]
    cues += [f"$:{word}" for word in tokens[-2:]]
    cues += [
        f"#words{_step(len(tokens))}",
        f"#lines{_step(text.count(chr(10)))}",
        f"#numbers{_step(len(numbers))}",
        f"#digits{_step(max(map(len, numbers), default=0))}",
        f"#code{_step(len(_CODE.findall(text)))}",
        f"#latex{_step(len(_LATEX.findall(text)))}",
        f"#questions{_step(text.count('?') + text.count('？'))}",
        f"#quotes{_step(text.count(chr(34)) + text.count('“'))}",
        f"#wide{_step(0 if text.isascii() else len(_WIDE.findall(text)))}",
        f"#share{min(10 * len(numbers) // (len(tokens) or 1), 4)}",
    ]
    counts = families(tokens)
    cues += [f"@{family}{min(count, 4)}" for family, count in counts.items()]
    cues += [f"@@{family}" for family in counts]
    cues += [f"^@{family}" for family in families(tokens[:4])]
    cues.append(f"@most:{max(counts, key=lambda family: counts[family], default='')}")
    sizes = {"words": len(tokens), "numbers": len(numbers), "sentences": len(_SENTENCE.findall(text))}
    cues += [f"#{name}>{rung}" for name, size in sizes.items() for rung in _LADDERS[name] if size >= rung]
    if multiple_choice(text):
        cues.append("#choice")
    return cues


def _step(count: int) -> int:
    return sum(count >= step for step in _STEPS)
