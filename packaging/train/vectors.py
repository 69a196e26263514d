"""Word vectors at training time: they tell what unseen words are like, and are not shipped.

A linear model on the mean of word vectors is a sum of one number a word and output, so that after
training every common word keeps only those numbers (see ``train.py``). Vectors: WordLlama l2_supercat, 256
dimensions (MIT); which words are common: wordfreq (word lists CC BY-SA 4.0, only their order is used).
"""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Tokenizer
from wordfreq import top_n_list, zipf_frequency

LANGUAGES = {
    "en": 40_000,
    "de": 12_000,
    "fr": 12_000,
    "es": 12_000,
    "it": 6_000,
    "pt": 6_000,
    "ru": 6_000,
    "pl": 4_000,
    "nl": 4_000,
}
DIMENSIONS = 256


def common_words() -> list[str]:
    """Return the words that get numbers, English first, without repeats."""
    words: dict[str, None] = {}
    for language, count in LANGUAGES.items():
        words.update(dict.fromkeys(top_n_list(language, count, wordlist="best")))
    return list(words)


class Vectors:
    """Vectors of single words, weighted so that common words count little."""

    def __init__(self) -> None:
        """Read the weights and the tokenizer out of the installed wordllama package."""
        spec = find_spec("wordllama")
        if spec is None or spec.origin is None:
            raise SystemExit("training needs the packages of the 'train' group: pip install --group train")
        home = Path(spec.origin).parent
        self._table = next(iter(load_file(home / "weights" / "l2_supercat_256.safetensors").values())).astype(
            np.float32
        )
        self._tokenizer = Tokenizer.from_file(str(home / "tokenizers" / "l2_supercat_tokenizer_config.json"))
        self.common = dict.fromkeys(common_words())
        self._seen: dict[str, NDArray[np.float32]] = {}

    def of(self, word: str) -> NDArray[np.float32]:
        """Return the vector of a lower-case word: the mean of its pieces times its weight."""
        if word not in self._seen:
            ids = self._tokenizer.encode(word, add_special_tokens=False).ids
            mean = self._table[ids].mean(0) if ids else np.zeros(DIMENSIONS, np.float32)
            norm = float(np.linalg.norm(mean)) or 1.0
            self._seen[word] = mean / norm * np.float32(importance(word))
        return self._seen[word]


def importance(word: str) -> float:
    """Return the weight of a word: 1 for rare ones, 0.1 for the commonest."""
    frequency = max(zipf_frequency(word, language) for language in ("en", "de", "fr", "es"))
    return 1.0 / (1.0 + math.exp(1.2 * (frequency - 5.5))) * 0.9 + 0.1
