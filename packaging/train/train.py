"""Train the classifier: ``python packaging/train/train.py --data DIR``. Deterministic, a few minutes.

Writes ``resources/classifier/weights.bin``, ``packaging/train/fitted.json`` (abilities of the
recorded models) and
``resources/classifier/card.json`` (what was measured on prompts that training did not see).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
import zlib
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "2")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "app"), str(Path(__file__).resolve().parent)]

import corpus  # noqa: E402 - the path is set above
import fit  # noqa: E402
import irt  # noqa: E402
import numpy as np  # noqa: E402
from calibrate import expected_calibration_error  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from vectors import Vectors  # noqa: E402

from compute_broker.classify import artifact  # noqa: E402
from compute_broker.classify.features import BUCKETS, VERSION  # noqa: E402
from compute_broker.classify.learned import LearnedClassifier  # noqa: E402
from compute_broker.market.abilities import model_key  # noqa: E402

SEED = 20261123
FOR_CATEGORY = {"gsm": 300, "math-l5-half": 200, "mmlu-pro-60": 900, "uiuc-train": 2500}
"""How many prompts of each collection help to learn categories: examinations must not drown people."""

LENGTHS = {"analysis": 6.0, "writing": 5.7, "coding": 6.2, "knowledge": 5.3, "reasoning": 5.3, "chat": 3.8}
"""Log of the tokens of an answer of middling difficulty, where no lengths were recorded."""
TEMPERATURE = 1.3
SLOPE = 0.9
DIFFICULTY_SD = 1.2
"""Found by likelihood on left-out folds (grids of 0.1 and 0.3): the slope, and the error of a difficulty."""

SQUEEZE = SLOPE / float(np.sqrt(1.0 + np.pi / 8.0 * SLOPE**2 * (DIFFICULTY_SD**2 + 0.04)))
WRITTEN_TRUST = {"chat": 10.0}
"""What a hand-given difficulty weighs against outcomes (0.1 each): chat has no recorded ones."""


def main() -> None:
    """Train, write, measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path, required=True, help="folder with the recorded outcomes")
    options.add_argument(
        "--hold", type=int, default=-1, help="leave out this fold (1 to 4) of the outcomes, to measure"
    )
    options.add_argument("--out", type=Path, default=ROOT / "resources" / "classifier")
    arguments = options.parse_args()
    started = time.monotonic()
    recorded = [
        item for name in corpus.COLLECTIONS for item in corpus.outcomes(arguments.data / f"{name}.jsonl.gz")
    ]
    recorded = [item for item in recorded if corpus.fold(item.group) != arguments.hold]
    written = corpus.written(SEED) + corpus.arena(
        arguments.data / "prompts-arena-hard-v0.1.jsonl.gz", held_out=False
    )
    keys = {model: model_key(model) for item in recorded for model in item.scores}
    item_response = irt.fit(recorded, keys)
    say(
        started, f"item-response model over {len(recorded)} prompts and {len(item_response.abilities)} models"
    )
    vectors = Vectors()
    category = learn_category(recorded, written, vectors)
    say(started, "categories")
    lines, slope = learn_lines(recorded, written, item_response, keys, vectors)
    say(started, "difficulty and length")
    arguments.out.mkdir(parents=True, exist_ok=True)
    write(
        arguments.out / "weights.bin",
        np.hstack([category[0], lines[0]]),
        np.hstack([category[1], lines[1]]),
        slope,
        vectors,
    )
    fitted = {"abilities": item_response.abilities, "prompts": item_response.counts}
    if arguments.hold < 0:
        (Path(__file__).parent / "fitted.json").write_text(
            json.dumps(fitted, indent=1, sort_keys=True) + "\n"
        )
    seen = {corpus.plain(item.text) for item in recorded}
    card = measure(arguments.out / "weights.bin", arguments.data, item_response.abilities, seen)
    (arguments.out / "card.json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n")
    say(started, json.dumps(card, indent=1))


def say(started: float, text: str) -> None:
    """Print progress with the seconds since the start."""
    print(f"{time.monotonic() - started:6.1f} s  {text}", flush=True)


def learn_category(
    recorded: list[corpus.Item], written: list[corpus.Item], vectors: Vectors
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weights (features by six) and biases of the categories."""
    rng = random.Random(SEED)  # noqa: S311 - repeatable, no secret
    items = list(written)
    for name, count in FOR_CATEGORY.items():
        of_it = [item for item in recorded if item.source == name]
        items += rng.sample(of_it, min(count, len(of_it)))
    texts, origin = fit.with_relatives(items, SEED, 2)
    weights = fit.category_weights(items)[origin]
    model = fit.fit_category(
        fit.matrix(texts, vectors), [str(items[place].category) for place in origin], weights, fit.C_CATEGORY
    )
    order = [list(model.classes_).index(name) for name in corpus.CATEGORIES]
    return model.coef_[order].T, model.intercept_[order]


def learn_lines(
    recorded: list[corpus.Item],
    written: list[corpus.Item],
    item_response: irt.Fit,
    keys: dict[str, str],
    vectors: Vectors,
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], float]:
    """Return the weights and biases of difficulty, log sd and log tokens, and the slope."""
    items = recorded + written
    texts, origin = fit.with_relatives(items, SEED + 1, 1)
    x, folds = fit.matrix(texts, vectors), np.array([corpus.fold(items[place].group) for place in origin])
    first = np.searchsorted(origin, np.arange(len(items)))
    seen = np.ones(len(texts), bool)
    known = knowledge(items, origin, item_response.abilities, keys, seen)
    difficulty, bias = fit.fit_difficulty(x, known, SQUEEZE, fit.ALPHA_DIFFICULTY)
    # Prompts of a fold left out come out too easy, as fitted lines do; one constant mends the mean.
    seen = folds != 0
    part = knowledge(items, origin, item_response.abilities, keys, seen)
    weights, constant = fit.fit_difficulty(x[seen], part, SQUEEZE, fit.ALPHA_DIFFICULTY)
    left = [n for n in range(len(recorded)) if folds[first[n]] == 0]
    bias += mean_shift(recorded, left, x[first[left]] @ weights + constant, item_response.abilities, keys)
    length = fit.fit_line(
        x,
        np.array([log_tokens(item) for item in items])[origin],
        np.array([5.0 if place >= len(recorded) else 1.0 for place in origin]),
        fit.ALPHA_LENGTH,
    )
    columns = np.stack([difficulty, np.zeros_like(difficulty), length.coef_], 1)
    return (columns, np.array([bias, np.log(DIFFICULTY_SD), length.intercept_])), SLOPE


def knowledge(
    items: list[corpus.Item],
    origin: list[int],
    abilities: dict[str, dict[str, float]],
    keys: dict[str, str],
    keep: NDArray[np.bool_],
) -> fit.Known:
    """Return what is known of the difficulty of the kept rows."""
    places = [place for place, kept in zip(origin, keep, strict=True) if kept]
    rows = [
        (row, abilities[keys[model]][items[place].category or "knowledge"], score)
        for row, place in enumerate(places)
        for model, score in items[place].scores.items()
    ]
    row, ability, score = (np.array(part) for part in zip(*rows, strict=True))
    given = np.array([items[place].difficulty or 0.0 for place in places])
    trust = np.array(
        [0.0 if items[p].scores else WRITTEN_TRUST.get(str(items[p].category), 0.15) for p in places]
    )
    return fit.Known(row.astype(np.int64), ability, score, given, trust)


def mean_shift(
    items: list[corpus.Item],
    left: list[int],
    difficulty: NDArray[np.float64],
    abilities: dict[str, dict[str, float]],
    keys: dict[str, str],
) -> float:
    """Return what to add to the difficulties so that left-out prompts come right on the mean."""
    part = knowledge(
        [items[n] for n in left], list(range(len(left))), abilities, keys, np.ones(len(left), bool)
    )
    shifts = np.linspace(-0.5, 1.0, 151)
    means = [
        np.mean(1.0 / (1.0 + np.exp(-SQUEEZE * (part.ability - difficulty[part.row] - shift))))
        for shift in shifts
    ]
    return float(shifts[np.abs(np.array(means) - part.score.mean()).argmin()])


def log_tokens(item: corpus.Item) -> float:
    """Return the log of the recorded length, else of what such answers take."""
    if item.tokens_out:
        return float(np.log(max(item.tokens_out, 8)))
    level = item.difficulty if item.difficulty is not None else -0.5
    base = LENGTHS[item.category or "knowledge"]
    return base + 0.25 * (level + 1.0) if item.source == "written" else base


def write(
    path: Path, weights: NDArray[np.float64], bias: NDArray[np.float64], slope: float, vectors: Vectors
) -> None:
    """Quantise and write; word vectors fold into one row a word."""
    hashed, per_dimension = weights[:BUCKETS], weights[BUCKETS:]
    words = list(vectors.common)
    rows = np.stack([vectors.of(word) for word in words]).astype(np.float64) @ per_dimension
    hashed_steps, word_steps = (np.maximum(np.abs(part).max(0), 1e-9) / 127 for part in (hashed, rows))
    table = np.zeros((artifact.WORD_SLOTS, len(artifact.COLUMNS) + 1), np.uint8)
    for word, row in zip(words, rows, strict=True):
        code = zlib.crc32(word.encode())
        if table[artifact.slot(code), 0] == 0:
            table[artifact.slot(code)] = [
                artifact.fingerprint(code),
                *(np.rint(row / word_steps) + 128).astype(int),
            ]
    header = {
        "name": "learned-1",
        "features": VERSION,
        "columns": artifact.COLUMNS,
        "hashed_steps": hashed_steps.tolist(),
        "word_steps": word_steps.tolist(),
        "bias": bias.tolist(),
        "cue_scale": fit.CUE_SCALE,
        "slope": slope,
        "temperature": TEMPERATURE,
        "seed": SEED,
    }
    artifact.save(
        path, header, (np.rint(hashed / hashed_steps) + 128).astype(np.uint8).tobytes(), table.tobytes()
    )


def measure(
    path: Path, data: Path, abilities: dict[str, dict[str, float]], seen: set[str]
) -> dict[str, object]:
    """Return the figures of the model card, from the written weights and prompts that are not in ``seen``.

    A third of the test split stands word for word in what is learned from; it would flatter.
    """
    classifier = LearnedClassifier(path)

    def accuracy(items: list[corpus.Item]) -> float:
        return round(
            float(np.mean([classifier.classify(i.text).category.value == i.category for i in items])), 4
        )

    test = [
        item for item in corpus.outcomes(data / "uiuc-test.jsonl.gz") if corpus.plain(item.text) not in seen
    ]
    return {
        "category_accuracy_hand_labelled": accuracy(corpus.held_out()),
        "category_accuracy_real_users": accuracy(
            corpus.arena(data / "prompts-arena-hard-v0.1.jsonl.gz", held_out=True)
        ),
        "ece_uiuc_test": expected_calibration_error(classifier, test, abilities),
        "size_bytes": path.stat().st_size,
        "slope": classifier._weights.header["slope"],  # noqa: SLF001 - the trainer's own artifact
    }


if __name__ == "__main__":
    main()
