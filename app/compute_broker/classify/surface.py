"""A classifier of rules only: cue words and counts. No file, no learning; the last resort.

It takes over where the learned weights cannot be read, and is the yardstick they must beat.
"""

from __future__ import annotations

import re

from compute_broker.classify import rules
from compute_broker.classify.text import focus
from compute_broker.core.task import Category, Task
from compute_broker.core.usage import estimate_tokens

_I = re.IGNORECASE
_CUES: tuple[tuple[Category, re.Pattern[str], float], ...] = (
    (
        Category.CODING,
        re.compile(
            r"```|\bdef \w+\(|\bfunction\b|\bpython\b|\bjavascript\b|\btypescript\b|\bsql\b|\bregex\b|"
            r"\bclass \w+|\bstack ?trace\b|"
            r"\bbug\b|\bcode\b|\brust\b|\bc\+\+|\bhtml\b|\bcss\b|\bapi\b|\bdocker\b|\bgit\b|\bbash\b|"
            r"\bscript\b|\bcompil\w+|\bunit tests?\b",
            _I,
        ),
        2.0,
    ),
    (
        Category.WRITING,
        re.compile(
            r"\b(?:write|draft|compose|rewrite|rephrase|proofread|schreib\w*|rédige\w*|écri[st]\w*|"
            r"escribe|redacta)\b|\b(?:e-?mail|poem|story|"
            r"essay|letter|blog|haiku|slogan|speech|lyrics|tweet|cover letter)\b|写一|書いて",
            _I,
        ),
        1.6,
    ),
    (
        Category.ANALYSIS,
        re.compile(
            r"\b(?:summari[sz]e|analy[sz]e|compare|extract|classify|evaluate|review|pros and cons|trends?|"
            r"sentiment|key points|assess|"
            r"zusammenfass\w*|analysiere|vergleiche|résume\w*|compare[rz]?|resume|analiza)\b|总结|分析|要約",
            _I,
        ),
        1.5,
    ),
    (
        Category.REASONING,
        re.compile(
            r"\bhow (?:many|much)\b|\bprove\b|\bprobability\b|\bsolve\b|\bcalculate\b|\bpuzzle\b|"
            r"\briddle\b|\bequation\b|\\frac|\\boxed|"
            r"\bif .{5,120} then\b|\d\s*[-+*/^=]\s*\d|\bintegral\b|\bhow old\b|\bwie ?viele?\b|"
            r"\bcombien\b|\bcu[aá]nt[oa]s\b|多少",
            _I,
        ),
        1.4,
    ),
    (
        Category.KNOWLEDGE,
        re.compile(
            r"^\s*(?:who|when|where|which|what|wer|wann|wo|was|qui|quand|où|quién|cuándo|dónde|define|"
            r"explain|erkläre|explique)\b|"
            r"\b(?:capital of|history of|difference between|meaning of)\b|什么是|とは",
            _I,
        ),
        1.0,
    ),
    (
        Category.CHAT,
        re.compile(
            r"^\s*(?:hi|hello|hey|thanks|thank you|good (?:morning|evening|night)|how are you|hallo|danke|"
            r"bonjour|merci|hola|gracias|"
            r"ciao|你好|谢谢|こんにちは|ありがとう)",
            _I,
        ),
        2.2,
    ),
)
_BASE_DIFFICULTY = {
    Category.ANALYSIS: -0.5,
    Category.WRITING: -0.8,
    Category.CODING: 0.3,
    Category.KNOWLEDGE: 0.0,
    Category.REASONING: -0.3,
    Category.CHAT: -4.0,
}
_BASE_TOKENS = {
    Category.ANALYSIS: 450.0,
    Category.WRITING: 450.0,
    Category.CODING: 600.0,
    Category.KNOWLEDGE: 180.0,
    Category.REASONING: 250.0,
    Category.CHAT: 60.0,
}
_HARD = re.compile(
    r"\b(?:prove|optimi[sz]e|architecture|distributed|concurren\w+|theorem|complexity|rigorous\w*|"
    r"design a|quantum|differential|"
    r"cryptograph\w*|compiler|eigen\w+|bayesian)\b|\\(?:int|sum|frac)",
    _I,
)


class SurfaceClassifier:
    """Classify by cue words and length alone."""

    def classify(self, prompt: str, *, private: bool = False, history_tokens: int = 0) -> Task:
        """Return the task; see :class:`compute_broker.classify.base.Classifier`."""
        text = focus(prompt)
        category = _category(text)
        difficulty = _BASE_DIFFICULTY[category] + min(len(prompt) / 2000.0, 1.5)
        difficulty += min(len(_HARD.findall(text)), 3) * 0.7
        return Task(
            category=category,
            difficulty=difficulty,
            difficulty_sd=1.8 if category is not Category.CHAT else 1.2,
            stakes=rules.stakes_of(text, category),
            prompt_tokens=estimate_tokens(prompt) + history_tokens,
            expected_output_tokens=rules.length_of(text, _BASE_TOKENS[category]),
            needs=rules.needs_of(text),
            private=private,
            checkable=rules.checkable(text, category),
            classifier="surface",
        )


def _category(text: str) -> Category:
    scores = {category: weight * min(len(cue.findall(text)), 3) ** 0.5 for category, cue, weight in _CUES}
    best = max(scores, key=lambda category: scores[category])
    if scores[best] > 0.0:
        return best
    return Category.CHAT if len(text) < 60 else Category.KNOWLEDGE  # noqa: PLR2004 - a short remark
