"""Other routers, in an environment of their own: prompts in as JSON lines, scores and milliseconds out.

A line ``{"prompt": ...}`` gives ``{NAME: [score, ms], ...}``; a higher score asks for a stronger model.
Each is taken as it ships: LiteLLM's complexity router by its rules and by its second heuristic (success
rates of a fitted table), Wayfinder by its structural score.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

from litellm.router_strategy.complexity_router.complexity_router import ComplexityRouter
from litellm.router_strategy.complexity_router.config import TIER_SEVERITY_ORDER
from wayfinder_router import score_complexity

_TIERS = {"SIMPLE": "weak", "MEDIUM": "weak", "COMPLEX": "strong", "REASONING": "strong"}


def litellm_rules() -> Callable[[str], float]:
    """Return LiteLLM's rules: the tier counts first, within a tier its weighted score."""
    router = ComplexityRouter("bench", None, {"tiers": _TIERS}, derive_savings_baseline=False)
    places = {tier: place for place, tier in enumerate(TIER_SEVERITY_ORDER)}

    def score(prompt: str) -> float:
        tier, weight, _ = router.classify(prompt)
        return 10.0 * places[tier] + weight

    return score


def litellm_second() -> Callable[[str], float]:
    """Return LiteLLM's second heuristic: how likely its lowest tier fails."""
    options = {"tiers": _TIERS, "classifier_type": "heuristic_v2"}
    router = ComplexityRouter("bench", None, options, derive_savings_baseline=False)

    def score(prompt: str) -> float:
        forecast = router._classify_with_heuristic_v2(prompt).heuristic_v2_forecast
        return 1.0 - forecast["probabilities"]["SIMPLE"]

    return score


def main() -> None:
    """Answer line by line, after one prompt that warms up."""
    routers = {
        "LiteLLM rules": litellm_rules(),
        "LiteLLM heuristic v2": litellm_second(),
        "Wayfinder": lambda prompt: score_complexity(prompt).score,
    }
    for score in routers.values():
        score("Why is the sky blue?")
    for line in sys.stdin:
        prompt = json.loads(line)["prompt"]
        found = {}
        for name, score in routers.items():
            began = time.perf_counter()
            value = score(prompt)
            found[name] = [value, 1000.0 * (time.perf_counter() - began)]
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
