"""The charts of a report: cost against quality, each mode with its intervals, who answered, categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compute_broker.experiment.report.svg import (
    Labels,
    Scale,
    axis,
    box,
    decades,
    diamond,
    dot,
    legend,
    line,
    picture,
    spread,
    text,
    ticks,
    whisker,
)
from compute_broker.experiment.report.words import interval, money, percent, points, safe

WIDTH = 900.0
MODES = 5
"""So many colours for modes; more modes share them."""
SHARES = 8
_LEAST_LABEL = 0.06
_LOG_FROM = 12.0

Arm = Mapping[str, Any]


def colours(arms: Sequence[Arm]) -> dict[str, str]:
    """Return the colour of each mode, the same in every chart."""
    modes = [arm["id"] for arm in arms if arm["kind"] == "mode"]
    return {mode: f"var(--mode-{number % MODES})" for number, mode in enumerate(modes)}


def scatter(report: Mapping[str, Any]) -> str:
    """Return cost against quality: every tier and mode a point, the frontier drawn."""
    arms = [
        arm
        for arm in report["arms"]
        if arm["cost_per_prompt_usd"] is not None and arm["quality"]["value"] is not None
    ]
    if not arms:
        return ""
    height, left, right, top, bottom = 470.0, 62.0, 24.0, 20.0, 52.0
    across = _cost_scale([arm["cost_per_prompt_usd"] for arm in arms], left + 14, WIDTH - right - 14)
    ends = [arm["quality"][end] for arm in arms for end in ("value", "low", "high")]
    low, high = min(e for e in ends if e is not None), max(e for e in ends if e is not None)
    pad = max(0.01, (high - low) * 0.06)
    up = Scale(max(0.0, low - pad), min(1.0, high + pad), height - bottom, top)
    values = decades(across.low, across.high) if across.log else ticks(across.low, across.high)
    parts = axis(values, across, money, top, height - bottom)
    for value in ticks(up.low, up.high, 6):
        y = up(value)
        parts += [
            line(left, y, WIDTH - right, y),
            text(left - 8, y + 4, percent(value, 0), anchor="end", style="tick"),
        ]
    parts.append(text(WIDTH - right, height - 8, "cost a prompt →", anchor="end", style="axis"))
    parts.append(text(left, height - 8, "↑ quality", style="axis"))
    places = {arm["id"]: (across(arm["cost_per_prompt_usd"]), up(arm["quality"]["value"])) for arm in arms}
    parts.append(_frontier([places[name] for name in report["frontier"] if name in places]))
    labels = Labels((left, top - 12, WIDTH - 4, height - bottom))
    for x, y in places.values():
        labels.keep_free(x, y, 6)
    tint = colours(report["arms"])
    later = []
    for arm in sorted(arms, key=lambda arm: arm["kind"] != "mode"):
        parts.append(_spread(arm, places[arm["id"]][0], up, tint.get(arm["id"], "var(--tier)")))
        later += _point(arm, places[arm["id"]], report["baseline"], tint, labels)
    return picture(WIDTH, height, "Cost against quality", [*parts, *later])


def _cost_scale(costs: Sequence[float], start: float, end: float) -> Scale:
    known = [cost for cost in costs if cost > 0]
    low, high = min(known, default=1e-6), max(known, default=1e-6)
    if high / low > _LOG_FROM:
        return Scale(low * 0.8, high * 1.25, start, end, log=True)
    return Scale(0.0, high * 1.08, start, end)


def _frontier(places: Sequence[tuple[float, float]]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{path}" class="frontier"/>'


def _spread(arm: Arm, x: float, up: Scale, colour: str) -> str:
    quality = arm["quality"]
    if quality["low"] is None or quality["high"] is None:
        return ""
    return spread(x, up(quality["low"]), x, up(quality["high"]), colour)


def _point(
    arm: Arm, place: tuple[float, float], baseline: str, tint: Mapping[str, str], labels: Labels
) -> list[str]:
    title = (
        f"{arm['label']}: {percent(arm['quality']['value'])} at {money(arm['cost_per_prompt_usd'])} a prompt"
    )
    if arm["kind"] == "mode":
        mark = diamond(*place, 9, tint[arm["id"]], title)
        return [mark, labels.place(*place, arm["label"], style="label strong", gap=12)]
    ring = [dot(*place, 9, title, "ring")] if arm["id"] == baseline else []
    return [*ring, dot(*place, 4.5, title), labels.place(*place, arm["label"])]


def forest(report: Mapping[str, Any]) -> str:
    """Return each mode's saving and its difference in quality, with intervals and the margin."""
    modes = [arm for arm in report["arms"] if arm["kind"] == "mode"]
    tint, step, top = colours(report["arms"]), 58.0, 44.0
    height = top + step * len(modes) + 30
    bottom = height - 30
    middle, gap = 470.0, 100.0
    saved = _around([arm["saved"] for arm in modes], 0.0, 1.0, gap + 20, middle - 40, least=-1.0)
    margin = -report["margin"]
    reach = [arm["difference"] for arm in modes]
    quality = _around(
        reach, min(margin * 1.6, -0.01), max(-margin * 0.8, 0.01), middle + 30, WIDTH - 20, least=-1.0
    )
    parts = [
        text(gap + 20, 18, "saved against the baseline", style="axis"),
        text(middle + 30, 18, "quality, points against the baseline", style="axis"),
        *axis(ticks(saved.low, saved.high, 4), saved, lambda v: percent(v, 0), top - 14, bottom),
        box(quality(quality.low), top - 14, quality(margin), bottom, "beyond"),
        *axis(ticks(quality.low, quality.high, 5), quality, points, top - 14, bottom),
        line(saved(0.0), top - 14, saved(0.0), bottom, "zero"),
        line(quality(0.0), top - 14, quality(0.0), bottom, "zero"),
        line(quality(margin), top - 14, quality(margin), bottom, "margin"),
    ]
    for number, arm in enumerate(modes):
        y = top + step * number + step / 2 - 8
        parts.append(text(gap, y + 5, arm["label"], anchor="end", style="label strong"))
        for scale, figure, words in (
            (saved, arm["saved"], percent(arm["saved"]["value"])),
            (quality, arm["difference"], points(arm["difference"]["value"])),
        ):
            parts += _estimate(figure, scale, y, tint[arm["id"]], words, as_points=scale is quality)
    return picture(WIDTH, height, "Saving and quality by mode", parts)


def _around(
    figures: Sequence[Mapping[str, Any]], low: float, high: float, start: float, end: float, *, least: float
) -> Scale:
    """Return a scale that holds ``low``, ``high`` and every interval, down to ``least``."""
    found = [each[name] for each in figures for name in ("value", "low", "high") if each[name] is not None]
    return Scale(max(least, min([low, *found])), max([high, *found]), start, end)


def _estimate(
    figure: Mapping[str, Any], scale: Scale, y: float, colour: str, words: str, *, as_points: bool
) -> list[str]:
    if figure["value"] is None:
        return [text(scale.start, y + 5, "not known", style="tick")]
    x = scale(figure["value"])
    known = figure["low"] is not None and figure["high"] is not None
    bar = whisker(scale(figure["low"]), scale(figure["high"]), y, colour) if known else ""
    told = f"{words} {interval(dict(figure), as_points=as_points)}"
    return [
        bar,
        diamond(x, y, 7, colour, told),
        text(x, y - 13, words, anchor="middle", style="label strong"),
    ]


def split(report: Mapping[str, Any]) -> str:
    """Return who answered in each mode, as shares of all prompts."""
    modes = [arm for arm in report["arms"] if arm["kind"] == "mode"]
    order = {name: number for number, name in enumerate(_by_cost(report["arms"], modes))}
    labels = {arm["id"]: arm["label"] for arm in report["arms"]}
    step, left, right = 46.0, 100.0, 20.0
    height = step * len(modes) + 6
    parts = []
    for number, arm in enumerate(modes):
        y, x, whole = step * number + 6, left, sum(arm["split"].values()) or 1
        parts.append(text(left - 12, y + 20, arm["label"], anchor="end", style="label strong"))
        for tier, count in sorted(arm["split"].items(), key=lambda pair: order[pair[0]]):
            wide = (WIDTH - left - right) * count / whole
            share = count / whole
            title = f"{labels.get(tier, tier)}: {percent(share)} ({count})"
            parts.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(0.5, wide - 1):.1f}" height="30" rx="3" '
                f'style="fill:var(--share-{order[tier] % SHARES})"><title>{safe(title)}</title></rect>'
            )
            if share >= _LEAST_LABEL:
                parts.append(text(x + wide / 2, y + 20, percent(share, 0), anchor="middle", style="on"))
            x += wide
    told = legend(
        (f"var(--share-{number % SHARES})", labels.get(tier, tier)) for tier, number in order.items()
    )
    return picture(WIDTH, height, "Who answered, by mode", parts) + told


def _by_cost(arms: Sequence[Arm], modes: Sequence[Arm]) -> list[str]:
    """Return the tiers that answered in any mode, the cheapest first."""
    cost = {arm["id"]: arm["cost_per_prompt_usd"] or 0.0 for arm in arms}
    used = {tier for arm in modes for tier in arm["split"]}
    return sorted(used, key=lambda tier: (cost.get(tier, 0.0), tier))


def categories(report: Mapping[str, Any]) -> str:
    """Return quality and saving by category: the baseline a ring, the modes diamonds."""
    rows = report["categories"]
    modes = [arm for arm in report["arms"] if arm["kind"] == "mode"]
    tint, step, top = colours(report["arms"]), 38.0, 44.0
    height = top + step * len(rows) + 30
    bottom = height - 30
    shown = [*(arm["id"] for arm in modes), report["baseline"]]
    quality = _around(
        [row["arms"][each]["quality"] for row in rows for each in shown], 1.0, 1.0, 190, 520, least=0.0
    )
    saved = _around(
        [row["arms"][arm["id"]]["saved"] for row in rows for arm in modes], 0.0, 1.0, 570, 880, least=-1.0
    )
    parts = [
        text(190, 18, "quality", style="axis"),
        text(570, 18, "saved against the baseline", style="axis"),
        *axis(ticks(quality.low, quality.high, 4), quality, lambda v: percent(v, 0), top - 14, bottom),
        *axis(ticks(saved.low, saved.high, 4), saved, lambda v: percent(v, 0), top - 14, bottom),
        line(saved(0.0), top - 14, saved(0.0), bottom, "zero"),
    ]
    for number, row in enumerate(rows):
        y = top + step * number + step / 2 - 8
        parts.append(text(170, y + 5, f"{row['name']} ({row['prompts']})", anchor="end", style="label"))
        base = row["arms"][report["baseline"]]["quality"]["value"]
        if base is not None:
            parts.append(dot(quality(base), y, 8, f"baseline {percent(base)}", "ring"))
        for place, arm in enumerate(modes):
            at = y + (place - (len(modes) - 1) / 2) * 7
            for scale, name in ((quality, "quality"), (saved, "saved")):
                parts += _small(row["arms"][arm["id"]][name], scale, at, tint[arm["id"]], arm["label"])
    return picture(WIDTH, height, "By category", parts)


def _small(figure: Mapping[str, Any], scale: Scale, y: float, colour: str, label: str) -> list[str]:
    if figure["value"] is None:
        return []
    bar = ""
    if figure["low"] is not None and figure["high"] is not None:
        low, high = scale(figure["low"]), scale(figure["high"])
        bar = spread(low, y, high, y, colour)
    title = f"{label}: {percent(figure['value'])} {interval(dict(figure))}"
    return [bar, diamond(scale(figure["value"]), y, 4.5, colour, title)]
