"""From labelled prompts to the weights: category, difficulty, its uncertainty, length.

All are linear in the features (classify/features.py), so that they ship as one small table and the
share of every word in a decision can be looked up. Penalties were chosen by cross-validation over
groups of related prompts; the held-out prompts took no part in it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from corpus import CATEGORIES, Item
from numpy.typing import NDArray
from perturb import augmented
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, Ridge
from vectors import DIMENSIONS, Vectors

from compute_broker.classify.features import BUCKETS, features
from compute_broker.classify.glossary import in_english
from compute_broker.classify.text import focus, words

C_CATEGORY = 10_000.0
ALPHA_DIFFICULTY = 0.03
ALPHA_LENGTH = 0.1
CUE_SCALE = 0.25
"""What a cue counts against the words together."""


def matrix(texts: Sequence[str], vectors: Vectors | None = None) -> sparse.csr_matrix:
    """Return the features of ``texts``: words scaled by 1/sqrt(their number), cues, then word vectors."""
    data: list[float] = []
    columns: list[int] = []
    starts = [0]
    dense = np.zeros((len(texts), DIMENSIONS), np.float32)
    for row, text in enumerate(texts):
        seen = in_english(focus(text))
        found = features(seen)
        scale = 1.0 / max(len(found.words), 1) ** 0.5
        columns += found.words + found.cues
        data += [scale] * len(found.words) + [CUE_SCALE] * len(found.cues)
        starts.append(len(columns))
        if vectors:
            known = [word for word in dict.fromkeys(words(seen)) if word in vectors.common]
            if known:
                dense[row] = sum(vectors.of(word) for word in known) / len(known) ** 0.5
    table = sparse.csr_matrix((data, columns, starts), shape=(len(texts), BUCKETS))
    return sparse.hstack([table, sparse.csr_matrix(dense)]).tocsr() if vectors else table


def with_relatives(items: Sequence[Item], seed: int, times: int) -> tuple[list[str], list[int]]:
    """Return texts with ``times`` perturbed copies of each, and the place of each one's original."""
    rng = random.Random(seed)  # noqa: S311 - repeatable, no secret
    texts, origin = [], []
    for place, item in enumerate(items):
        for copy in range(times + 1):
            texts.append(item.text if copy == 0 else augmented(item.text, rng))
            origin.append(place)
    return texts, origin


def category_weights(items: Sequence[Item]) -> NDArray[np.float64]:
    """Return sample weights: every category the same in all, ordinary prompts over examinations."""
    share = {"written": 0.55, "arena": 0.15}
    labels = [item.category for item in items]
    kinds = [item.source if item.source in share else "recorded" for item in items]
    weights = np.zeros(len(items))
    for category in CATEGORIES:
        parts = {
            kind: [n for n in range(len(items)) if labels[n] == category and kinds[n] == kind]
            for kind in ("written", "arena", "recorded")
        }
        for kind, places in parts.items():
            if places:
                want = share.get(kind, 0.10 if category == "analysis" else 0.30)
                weights[places] = min(want / len(places), 0.01)
        weights[[n for n in range(len(items)) if labels[n] == category]] /= sum(
            weights[n] for n in range(len(items)) if labels[n] == category
        )
    return weights * len(items) / len(CATEGORIES)


def fit_category(
    x: sparse.csr_matrix, labels: Sequence[str], weights: NDArray[np.float64], c: float
) -> LogisticRegression:
    """Fit multinomial logistic regression."""
    model = LogisticRegression(C=c / x.shape[0], max_iter=300, tol=1e-4)
    return model.fit(x, labels, sample_weight=weights)


def fit_line(
    x: sparse.csr_matrix, y: NDArray[np.float64], weights: NDArray[np.float64], alpha: float
) -> Ridge:
    """Fit ridge regression; ``alpha`` is relative to the sum of weights."""
    model = Ridge(alpha=alpha * weights.sum() / 100.0, solver="sparse_cg", tol=1e-6, max_iter=2000)
    return model.fit(x, y, sample_weight=weights)


@dataclass
class Known:
    """What is known of each row's difficulty: outcomes of models of known ability, or a hand-given value."""

    row: NDArray[np.int64]
    ability: NDArray[np.float64]
    score: NDArray[np.float64]
    given: NDArray[np.float64]
    trust: NDArray[np.float64]


def fit_difficulty(
    x: sparse.csr_matrix, known: Known, squeeze: float, alpha: float
) -> tuple[NDArray[np.float64], float]:
    """Return weights and bias of the difficulty that makes the outcomes likeliest.

    P = sigmoid(squeeze x (ability - difficulty)), where ``squeeze`` is the slope shrunk by what is
    not known (see
    core/ability.py). Fitting outcomes instead of fitted difficulties makes the predicted chances
    right on the mean
    of every cue. Hand-given values pull with a square penalty of weight ``trust``.
    """
    size = x.shape[0]
    columns = x.T.tocsr()

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        difficulty = x @ w[:-1] + w[-1]
        logit = squeeze * (known.ability - difficulty[known.row])
        pull = known.trust * (difficulty - known.given)
        value = np.sum(np.logaddexp(0, logit) - known.score * logit) + 0.5 * pull @ (difficulty - known.given)
        slope = pull - np.bincount(known.row, squeeze * (expit(logit) - known.score), size)
        penalty = alpha * size / 100.0
        value += 0.5 * penalty * w[:-1] @ w[:-1]
        return float(value), np.concatenate([columns @ slope + penalty * w[:-1], [slope.sum()]])

    best = minimize(loss, np.zeros(x.shape[1] + 1), jac=True, method="L-BFGS-B", options={"maxiter": 250})
    return best.x[:-1], float(best.x[-1])
