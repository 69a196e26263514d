"""A report as a table, as JSON, and as a picture (SVG, no library)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from xml.sax.saxutils import escape

from compute_broker.core.money import format_usd
from compute_broker.experiment.curves import Interval
from compute_broker.experiment.evaluate import Points, Report

_COLOURS = {
    "policy": "#1b6ca8",
    "plans": "#c1440e",
    "pair": "#2a9d8f",
    "label": "#e9a23b",
    "random": "#999999",
    "oracle": "#444444",
}
_TITLES = {
    "policy": "router, all models",
    "plans": "router with cross-checks",
    "pair": "router, cheapest and best",
    "label": "label alone (cross-fitted)",
    "random": "random mixing",
    "oracle": "oracle",
}
_WIDTH, _HEIGHT, _MARGIN = 720, 440, 60


def as_json(report: Report) -> str:
    """Return the report as JSON; figures that do not exist are ``null``."""
    return json.dumps(_finite(asdict(report)), indent=1, sort_keys=True)


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and value - value != 0.0:
        return None
    return value


def table(report: Report) -> str:
    """Return the report as a text that a person reads."""
    lines = [
        f"{report.name}: {report.prompts} prompts, {len(report.models)} models",
        "",
        "model  quality  cost a prompt",
    ]
    for model, (cost, quality) in sorted(report.models.items(), key=lambda pair: -pair[1][1]):
        mark = " (best)" if model == report.best else " (cheapest)" if model == report.cheapest else ""
        lines.append(f"  {model}{mark}  {quality:.1%}  {format_usd(round(cost))}")
    lines += [
        "",
        "saved at a quality of",
        f"  {'':28}" + "".join(f"{float(q):>9.0%}" for q in report.savings["policy"]),
    ]
    for name, savings in report.savings.items():
        lines.append(f"  {_TITLES[name]:28}" + "".join(f"{saved:>9.1%}" for saved in savings.values()))
    lines += [
        "",
        f"gap recovered (APGR)  {_interval(report.apgr_router)} (random 0.5)",
        f"  label alone         {report.apgr['label']:.3f}; oracle {report.apgr['oracle']:.3f}",
        f"skill over random     {_interval(report.skill)} (0 random, 1 oracle)",
        f"calibration           ECE {report.ece:.3f}, Brier {report.brier:.3f}",
        f"decision              p50 {report.latency_ms['p50']:.2f} ms, p99 {report.latency_ms['p99']:.2f} ms",
        "",
        "category     prompts   best  router  saved   (mode balanced)",
    ]
    for name, row in report.by_category.items():
        figures = (
            f"{row['prompts']:7.0f} {row['best_quality']:6.1%} {row['quality']:7.1%} {row['saved']:6.1%}"
        )
        lines.append(f"  {name:10} {figures}")
    return "\n".join([*lines, "", *cross_checks(report), *_sources(report)])


def cross_checks(report: Report) -> list[str]:
    """Return the lines of the report on plans with cross-checks, by mode."""
    if not report.crosscheck:
        return ["cross-check: no recorded answers"]
    lines = ["with cross-checks      quality of the best        saved          checked  to the referee"]
    for mode, found in report.crosscheck.items():
        lines.append(
            f"  {mode:9} {_interval(found.quality):>29} {_interval(found.saved):>22}"
            f" {found.checked:7.0%} {found.escalated:9.0%}"
        )
        if found.usual is not None:
            first, second, referee = found.usual
            lines.append(
                f"    mostly {first} and {second}, referee {referee};"
                f" {found.saved_against_referee:.1%} saved against the referee alone"
            )
    return lines


def _sources(report: Report) -> list[str]:
    ruled = [model for model, source in report.abilities_from.items() if source.startswith("rule")]
    return [f"abilities by the rule for unknown models: {', '.join(ruled) or 'none'}"]


def _interval(found: Interval) -> str:
    return f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"


def svg(report: Report) -> str:
    """Return the cost-quality curves as an SVG picture; cost as a share of always taking the best."""
    dearest = report.models[report.best][0] or 1.0
    scores = [quality for line in report.lines.values() for _, quality in line]
    low, high = min(scores), max(scores)
    span = (high - low) or 1.0

    def place(point: tuple[float, float]) -> str:
        x = _MARGIN + min(point[0] / dearest, 1.2) / 1.2 * (_WIDTH - 2 * _MARGIN)
        y = _HEIGHT - _MARGIN - (point[1] - low) / span * (_HEIGHT - 2 * _MARGIN)
        return f"{x:.1f},{y:.1f}"

    body = [_line(name, points, place) for name, points in report.lines.items()]
    for row, name in enumerate(report.lines):
        y = _HEIGHT - _MARGIN - 20 - 18 * (len(report.lines) - row)
        body.append(f'<rect x="{_WIDTH - 250}" y="{y}" width="14" height="4" fill="{_COLOURS[name]}"/>')
        body.append(f'<text x="{_WIDTH - 230}" y="{y + 7}">{_TITLES[name]}</text>')
    for model, point in report.models.items():
        across, down = place(point).split(",")
        body.append(f'<circle cx="{across}" cy="{down}" r="3"><title>{escape(model)}</title></circle>')
    axis = _HEIGHT - _MARGIN
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"',
            ' font-family="sans-serif" font-size="12">',
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
            f'<path d="M{_MARGIN},{_MARGIN} V{axis} H{_WIDTH - _MARGIN}" fill="none" stroke="black"/>',
            f'<text x="{_MARGIN}" y="24" font-size="15">{escape(report.name)}: quality against cost</text>',
            f'<text x="{_MARGIN}" y="{axis + 36}">cost, 0 to 120 % of {escape(report.best)}</text>',
            f'<text x="8" y="{_MARGIN}">{high:.1%}</text><text x="8" y="{axis}">{low:.1%}</text>',
            *body,
            "</svg>\n",
        ]
    )


def _line(name: str, points: Points, place: Callable[[tuple[float, float]], str]) -> str:
    path = " ".join(place(point) for point in sorted(points))
    dash = ' stroke-dasharray="4 4"' if name in {"random", "oracle"} else ""
    return f'<polyline points="{path}" fill="none" stroke="{_COLOURS[name]}" stroke-width="2"{dash}/>'
