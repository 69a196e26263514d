"""What a model can do: one row a model and effort, from the table, else by a rule for unknown models.

The scale is that of the tasks' difficulty (core/ability.py), in logits: 0 is Llama 3.1 8B. The table is
``resources/abilities.json``; its rows name their sources and dates.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

from compute_broker.core.ability import Ability, AbilityRow
from compute_broker.core.task import Category
from compute_broker.core.texts import figure, tr
from compute_broker.core.tier import Effort
from compute_broker.resources_path import resource

_DROPPED = frozenset(
    (  # noqa: SIM905 - a list of forty quoted words reads worse
        "meta instruct it chat hf gguf mlx awq gptq fp8 fp16 bf16 int4 int8 latest free turbo preview prev"
        " exp vertex bedrock nvidia ud dwq unsloth lmstudio community online extended nitro floor base"
    ).split()
)
_QUANTISED = re.compile(r"[-_@:.](?:i?q[2-8](?:_[a-z0-9]+)*|[2348]-?bit|mxfp4|nvfp4)\b", re.IGNORECASE)
_DATE = re.compile(r"[-@_](?:20\d{6}|20\d\d-\d\d-\d\d|\d{4}-v\d(?::\d)?)(?=$|[-@_:])")
_SNAPSHOT = re.compile(
    r"(?:-(?:0[1-9]|1[0-2])[0-3]\d|-2[3-6](?:0[1-9]|1[0-2])|-\d\d-20\d\d|-00[1-9]|-v\d+(?::\d+)?)$"
)
_CLAUDE = frozenset({"haiku", "sonnet", "opus", "fable", "instant"})
_SIZE = re.compile(r"(?:^|[^a-z0-9.])(?:(\d+)x)?(\d+(?:\.\d+)?)\s*([bm])(?![a-z0-9])", re.IGNORECASE)


def model_key(model: str) -> str:
    """Return the normal form of a model id: no provider, date, quantisation or packaging words.

    ``openrouter/anthropic/claude-haiku-4.5:free`` and ``claude-haiku-4-5-20251001`` give the same key.
    """
    name = model.strip().lower().rsplit("/", 1)[-1]
    name = re.sub(
        r"\.gguf$|:(?:cloud|free|beta|nitro|floor|thinking|online|extended|latest|exacto)$", "", name
    )
    name = _DATE.sub("", _QUANTISED.sub("", name))
    name = re.sub(r"^(?:us|eu|apac|global)?\.?(?:anthropic|meta|mistral|amazon|deepseek|qwen)\.", "", name)
    parts = [part for part in re.findall(r"[a-z]+|\d+", name) if part not in _DROPPED]
    if "claude" in parts:
        family = [part for part in parts if part in _CLAUDE]
        parts = ["claude", *family, *(part for part in parts if part not in _CLAUDE and part != "claude")]
    return "-".join(parts)


def ability_row(
    model: str, effort: Effort = Effort.DEFAULT, *, price_out_usd_per_mtok: Decimal | None = None
) -> AbilityRow:
    """Return the abilities of ``model`` at ``effort``; never fails, whatever the name.

    A model that the table lacks gets a row by the rule (``estimated=True``, wide uncertainty): its
    size where the name tells, else its family, else its price in dollars per million output tokens.
    """
    entry = _find(model)
    if entry is None:
        return _by_rule(model, price_out_usd_per_mtok)
    row = _row(json.dumps(entry))
    return _at_effort(row, entry.get("efforts", {}).get(effort.value))


@cache
def _table() -> Mapping[str, dict[str, Any]]:
    rows: dict[str, dict[str, Any]] = {}
    for entry in json.loads(resource("abilities.json").read_text("utf-8"))["rows"]:
        for name in (entry["model"], *entry.get("aliases", ())):
            rows[model_key(name)] = entry
    return rows


@lru_cache(maxsize=512)
def _find(model: str) -> dict[str, Any] | None:
    name = model.strip()
    while True:
        entry = _table().get(model_key(name))
        if entry is not None:
            return entry
        shorter = _SNAPSHOT.sub("", name.lower())
        if shorter == name.lower():
            return None
        name = shorter


@lru_cache(maxsize=256)
def _row(text: str) -> AbilityRow:
    entry = json.loads(text)
    sd = entry["sd"]
    return AbilityRow(
        abilities={
            category: Ability(
                entry["abilities"][category.value], sd[category.value] if isinstance(sd, dict) else sd
            )
            for category in Category
        },
        verbosity=entry.get("verbosity", 1.0),
        source="; ".join(entry["sources"]),
        as_of=entry["as_of"],
        estimated=entry.get("estimated", False),
        vision=entry.get("vision", False),
        tools=entry.get("tools", False),
        context_tokens=entry.get("context_tokens"),
    )


def _at_effort(row: AbilityRow, variant: Mapping[str, Any] | None) -> AbilityRow:
    if not variant:
        return row
    shift = variant.get("shift", {})
    return replace(
        row,
        abilities={
            category: replace(ability, mean=ability.mean + shift.get(category.value, 0.0))
            for category, ability in row.abilities.items()
        },
        verbosity=row.verbosity * variant.get("verbosity", 1.0),
    )


# --- the rule for models the table lacks ---------------------------------------------------------

_GENERATIONS: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern), shift)
    for pattern, shift in (
        (r"qwen-?3[-.][5-9]|qwen-?[4-9]|gemma-?[4-9]|deepseek-?v[4-9]|kimi-?k[3-9]|glm-?[5-9]", 1.6),
        (r"qwen-?3|gemma-?3|gpt-oss|glm-?4|kimi|deepseek-?(?:v3|r1)|qwq|phi-?4|llama-?4|ministral", 0.9),
        (r"qwen-?2|gemma-?2|llama-?3|phi-?3|mistral-(?:small|nemo)", 0.0),
        (r"llama-?2|vicuna|alpaca|mistral-7b|mixtral|gemma|codellama|falcon|chatqa|yi|wizard", -0.7),
    )
)
_FAMILIES: tuple[tuple[re.Pattern[str], float], ...] = tuple(
    (re.compile(pattern), mean)
    for pattern, mean in (
        (r"fable|opus|gpt-?[5-9]|gemini.*(?:pro|ultra)|grok-?[4-9]|kimi-?k[3-9]", 4.2),
        (r"sonnet|deepseek|glm|kimi|qwen.*max|o[34]\b|grok|gpt-?4|mistral-large|command-a", 3.0),
        (r"haiku|flash|mini|plus|medium|nano|lite|turbo|small|qwen|gemini", 2.0),
    )
)
_UNKNOWN_SD = 1.5


def _by_rule(model: str, price: Decimal | None) -> AbilityRow:
    name = model.lower().rsplit("/", 1)[-1]
    size = _size_in_billions(name)
    if size is not None:
        # Twice the parameters is worth about half a logit: Llama 3.1 8B to 70B is 1.7 in recorded outcomes.
        generation = next((shift for pattern, shift in _GENERATIONS if pattern.search(name)), 0.0)
        mean, why, sd = (
            0.53 * math.log2(size / 8.0) + generation,
            tr("its size, {size} billion parameters", size=figure(f"{size:g}")),
            1.0,
        )
    else:
        known = next((mean for pattern, mean in _FAMILIES if pattern.search(name)), None)
        if known is not None:
            mean, why, sd = known, tr("its family"), 1.3
        elif price is not None and price > 0:
            mean, why, sd = 1.5 + 1.0 * math.log10(float(price) / 0.3), tr("its price"), _UNKNOWN_SD
        else:
            mean, why, sd = 0.5, tr("nothing but its name"), _UNKNOWN_SD + 0.5
    mean = max(-5.0, min(mean, 5.0))
    return AbilityRow(
        abilities={category: Ability(mean, sd) for category in Category},
        source=tr("rule for unknown models: {why}", why=why),
        estimated=True,
        vision=bool(re.search(r"(?:^|[-_])vl?(?:[-_]|$)|vision|llava|gemini|pixtral|omni", name)),
        tools=size is None or size >= 7.0,  # noqa: PLR2004 - smaller models rarely call tools well
    )


def _size_in_billions(name: str) -> float | None:
    """Return the parameters the name tells; of a mixture the geometric mean of all and active."""
    sizes = [
        float(number) * (1e-3 if unit.lower() == "m" else 1.0) * (int(experts) if experts else 1)
        for experts, number, unit in _SIZE.findall(name)
    ]
    active = re.search(r"[-_]a(\d+(?:\.\d+)?)b\b", name)
    if not sizes:
        return None
    total = max(sizes)
    if active:
        return math.sqrt(total * float(active[1]))
    return total if 0.01 <= total <= 3000.0 else None  # noqa: PLR2004 - beyond is no size
