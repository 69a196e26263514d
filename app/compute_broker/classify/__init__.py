"""From a prompt to a task: category, difficulty, stakes, length, needs. It never knows the tiers.

    classifier = default_classifier()
    task = classifier.classify("Summarise this thread", private=False, history_tokens=0)

Difficulty is in logits on the scale of the tiers' abilities (core/ability.py): 0 is what Llama 3.1 8B
does half the time, so that model's ability is 0 in every category.

Rooms: ``base`` the interface, ``text`` what is read of a prompt, ``asides`` what is not, ``glossary`` other
languages, ``rules`` what is plain from words alone (needs, stakes, length, checkability), ``surface`` a
classifier of rules only, ``learned`` the default one, ``features`` and ``lexicon`` what it sees, ``artifact``
its weights.
"""

from __future__ import annotations

from compute_broker.classify.base import Classifier
from compute_broker.classify.learned import LearnedClassifier
from compute_broker.classify.surface import SurfaceClassifier

__all__ = ["Classifier", "LearnedClassifier", "SurfaceClassifier", "default_classifier"]


def default_classifier() -> Classifier:
    """Return the best local classifier of this installation, its weights read (in about 30 ms).

    Raises:
        EnvironmentFaultError: the weights are damaged or of another version.
        FileNotFoundError: they are missing.
    """
    classifier = LearnedClassifier()
    classifier.warm()
    return classifier
