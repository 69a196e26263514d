"""Prompts that training did not see: weights trained without a fold, and that fold's prompts.

``packaging/train/train.py --hold N --out DIR`` leaves fold N of every collection out; each prompt here is
read by the weights that have not seen it. A third of the test split, and some prompts of other collections,
stand word for word in what is learned from: they belong to the fold of their twin, and to none if twins are
in several folds. For a prompt in no training any weights will do.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "packaging" / "train")]

import corpus  # noqa: E402 - the path is set above

from compute_broker.classify import LearnedClassifier  # noqa: E402
from compute_broker.core.task import Task  # noqa: E402


class LeftOutClassifier:
    """A classifier that reads each prompt with the weights of its own fold."""

    def __init__(self, weights: dict[int, Path], data: Path) -> None:
        """Take the weights by the fold that was left out of them, and the folder with what they learned."""
        self._by_fold = {fold: LearnedClassifier(path) for fold, path in weights.items()}
        for classifier in self._by_fold.values():
            classifier.warm()
        self._fold_of: dict[str, int] = {}
        self._folds_with: dict[str, set[int]] = {}
        for name in corpus.COLLECTIONS:
            for row in _rows(data / f"{name}.jsonl.gz"):
                self._folds_with.setdefault(corpus.plain(row["prompt"]), set()).add(corpus.fold(row["id"]))

    def unseen(self, path: Path) -> list[dict[str, Any]]:
        """Return the recorded prompts of a collection that one of the weights has not seen."""
        some, kept = next(iter(self._by_fold)), []
        for row in _rows(path):
            folds = self._folds_with.get(corpus.plain(row["prompt"]), {some})
            fold = next(iter(folds))
            if len(folds) == 1 and fold in self._by_fold:
                self._fold_of[row["prompt"]] = fold
                kept.append(row)
        return kept

    def classify(self, prompt: str, *, private: bool = False, history_tokens: int = 0) -> Task:
        """Return the task of a prompt that :meth:`unseen` returned."""
        reader = self._by_fold[self._fold_of[prompt]]
        return reader.classify(prompt, private=private, history_tokens=history_tokens)


def _rows(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def options(description: str | None) -> argparse.ArgumentParser:
    """Return a parser of the options that all measurements on left-out prompts share."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True, help="folder with the recorded outcomes")
    parser.add_argument(
        "--weights", type=Path, action="append", required=True, help="folder of weights trained with --hold"
    )
    parser.add_argument(
        "--hold", type=int, action="append", required=True, help="the fold that these weights have not seen"
    )
    return parser


def classifier_of(arguments: argparse.Namespace) -> LeftOutClassifier:
    """Return the classifier that the options name.

    Raises:
        SystemExit: weights and folds do not pair up.
    """
    if len(arguments.weights) != len(arguments.hold):
        raise SystemExit("give one --hold FOLD for each --weights DIR")
    folders = zip(arguments.hold, arguments.weights, strict=True)
    return LeftOutClassifier({fold: folder / "weights.bin" for fold, folder in folders}, arguments.data)
