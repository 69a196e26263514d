"""The curves of a replay: what any share of the best model's money buys, routed, at random, by an oracle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from compute_broker.experiment.report.charts import WIDTH
from compute_broker.experiment.report.svg import Scale, axis, legend, line, picture, text, ticks
from compute_broker.experiment.report.words import percent, safe

_LINES = (
    ("plans", "router with cross-checks", "var(--mode-0)", ""),
    ("policy", "router, one model a prompt", "var(--mode-1)", ""),
    ("pair", "router, cheapest and best only", "var(--mode-2)", ""),
    ("label", "label alone (cross-fitted)", "var(--mode-3)", "3 3"),
    ("random", "random mixing of cheapest and best", "var(--soft)", "6 4"),
    ("oracle", "oracle of these two: knows the outcomes", "var(--ink)", "2 4"),
)
_DEAREST = 1.2


def curves(found: Mapping[str, Any]) -> str:
    """Return quality against cost along each line, cost as a share of always taking the best model."""
    whole = found["models"][found["best"]][0] or 1.0
    lines = [(each, found["lines"][each[0]]) for each in _LINES if each[0] in found["lines"]]
    height, left, right, top, bottom = 400.0, 62.0, 24.0, 20.0, 52.0
    qualities = [quality for _, points in lines for _, quality in points]
    across = Scale(0.0, _DEAREST, left, WIDTH - right)
    up = Scale(min(qualities), min(1.0, max(qualities) + 0.01), height - bottom, top)
    parts = axis(ticks(0.0, _DEAREST, 6), across, lambda v: percent(v, 0), top, height - bottom)
    for value in ticks(up.low, up.high, 6):
        parts.append(line(left, up(value), WIDTH - right, up(value)))
        parts.append(text(left - 8, up(value) + 4, percent(value, 0), anchor="end", style="tick"))
    for (_, title, colour, dash), points in lines:
        path = " ".join(
            f"{across(cost / whole):.1f},{up(quality):.1f}"
            for cost, quality in sorted(points)
            if cost / whole <= _DEAREST
        )
        style = f"stroke:{colour};stroke-dasharray:{dash or 'none'}"
        parts.append(
            f'<polyline points="{path}" class="curve" style="{style}"><title>{safe(title)}</title></polyline>'
        )
    best = found["models"][found["best"]][1]
    parts.append(f'<circle cx="{across(1.0):.1f}" cy="{up(best):.1f}" r="6" class="mark ring"/>')
    parts.append(text(across(1.0), up(best) - 10, f"always {found['best']}", anchor="end", style="label"))
    parts.append(
        text(WIDTH - right, height - 8, "cost, of always taking the best →", anchor="end", style="axis")
    )
    parts.append(text(left, height - 8, "↑ quality", style="axis"))
    told = legend((colour, title) for (_, title, colour, _), _ in lines)
    return picture(WIDTH, height, "Quality bought with any share of the cost", parts) + told


def savings(found: Mapping[str, Any]) -> str:
    """Return what is saved at a quality, against always the best model, as a table."""
    table = {"always": dict.fromkeys(found["savings"]["policy"], 0.0), **found["savings"]}
    names = {"always": f"always {found['best']}", **{name: title for name, title, _, _ in _LINES}}
    shares = "".join(f"<th>{percent(float(q), 0)}</th>" for q in found["savings"]["policy"])
    rows = "".join(
        f"<tr><th>{safe(names.get(name, name))}</th>"
        + "".join(f"<td>{percent(value)}</td>" for value in row.values())
        + "</tr>"
        for name, row in table.items()
    )
    head = f"<thead><tr><th>saved at this share of the best model's quality</th>{shares}</tr></thead>"
    return f'<table class="plain">{head}<tbody>{rows}</tbody></table>'
