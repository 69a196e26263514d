"""The page: what was found first, then the charts, then everything behind them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from compute_broker.experiment.report import charts, lines
from compute_broker.experiment.report.behind import behind, not_measured, prompts, surprises
from compute_broker.experiment.report.style import CSS, SCRIPT, policy
from compute_broker.experiment.report.words import (
    counted,
    interval,
    money,
    percent,
    points,
    safe,
    score,
    seconds,
    verdict,
)


def page(report: Mapping[str, Any], *, most_prompts: int | None = None) -> str:
    """Return the report as one HTML page that needs nothing else.

    At most ``most_prompts`` prompts are shown with their answers; the page says so.
    """
    sections = [
        _head(report),
        _cards(report),
        _figures(report),
        _table(report),
        surprises(report),
        not_measured(report),
        behind(report),
        prompts(report, most_prompts),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{safe(policy())}">'
        f"<title>{safe(report['title'])}</title><style>{CSS}</style></head>"
        f"<body><main>{''.join(sections)}</main><script>{SCRIPT}</script></body></html>\n"
    )


def _head(report: Mapping[str, Any]) -> str:
    done = counted(report["prompts"])
    left = f", {report['unfinished']} more not finished" if report["unfinished"] else ""
    tiers = sum(arm["kind"] == "tier" for arm in report["arms"])
    spent = (
        f" It cost {money(report['spent_usd'])} in all, judging included."
        if report["spent_usd"] is not None
        else ""
    )
    return (
        f"<header><h1>{safe(report['title'])}</h1>"
        f'<p class="soft">{done}{left}, {tiers} tiers; every prompt through each tier alone and through the '
        f"broker in each mode. Baseline: {safe(_label(report, report['baseline']))}.{spent} "
        f"Compute Broker {safe(report['version'])}, {safe(_when(report['made']))}.</p></header>"
    )


def _cards(report: Mapping[str, Any]) -> str:
    tint, baseline = charts.colours(report["arms"]), _label(report, report["baseline"])
    cards = []
    for arm in report["arms"]:
        if arm["kind"] != "mode":
            continue
        kind, said = verdict(arm, baseline)
        saved = arm["saved"]["value"]
        words = "saved" if saved is None or saved >= 0 else "more spent"
        amount = percent(abs(saved) if saved is not None else None)
        cards.append(
            f'<div class="card" style="--tint:{tint[arm["id"]]}"><h3>{safe(arm["label"])}</h3>'
            f'<div class="big">{amount}</div>'
            f'<div class="soft">{words} {interval(arm["saved"])}</div><dl>'
            f"<dt>in money</dt><dd>{money(arm['saved_usd'])}</dd>"
            f"<dt>quality</dt><dd>{percent(arm['quality']['value'])}</dd>"
            f"<dt>difference</dt><dd>{points(arm['difference']['value'])} "
            f"{interval(arm['difference'], as_points=True)}</dd>"
            f"<dt>better / worse on</dt><dd>{arm['better']} / {arm['worse']} of {arm['compared']}</dd></dl>"
            f'<span class="chip {kind}">{safe(said)}</span></div>'
        )
    return (
        f'<div class="cards">{"".join(cards)}</div>'
        f'<p class="soft">In brackets: 95 % intervals, {report["resamples"]:,} paired bootstrap resamples of '
        f"the prompts (percentile; seed {report['seed']}). &ldquo;Not worse&rdquo; is a one-sided test of "
        f"non-inferiority with a margin of {report['margin'] * 100:g} points at 2.5 %, shared by all "
        f"{report['tests']} modes (Bonferroni). All modes that were run are shown.</p>"
    )


def _figures(report: Mapping[str, Any]) -> str:
    parts = [
        _figure(
            "Cost against quality",
            charts.scatter(report),
            "Dots are tiers alone, diamonds the broker's modes, the ring is the baseline. The line joins "
            "what nothing else beats in both. Vertical bars: 95 % intervals of quality.",
        ),
        _figure(
            "Saving and quality by mode",
            charts.forest(report),
            f"Left of the dashed line lies what would be more than {report['margin'] * 100:g} points worse.",
        ),
        _figure("Who answered", charts.split(report), _checked(report)),
        _figure(
            "By category",
            charts.categories(report),
            "The ring is the baseline. Exploratory: these intervals are not corrected for their number.",
        ),
    ]
    found = report["extra"].get("curves")
    if found:
        told = "Neighbouring points of a line may be mixed at random. The oracle is out of anybody's reach."
        parts.append(_figure("Against always, random and oracle", lines.curves(found), told))
        parts.append(f'<div class="wide">{lines.savings(found)}</div>')
    return "".join(parts)


def _figure(title: str, chart: str, caption: str) -> str:
    return (
        f"<section><h2>{title}</h2><figure>{chart}<figcaption>{safe(caption)}</figcaption></figure></section>"
    )


def _checked(report: Mapping[str, Any]) -> str:
    said = []
    for arm in report["arms"]:
        if arm["kind"] == "mode":
            paths, whole = arm["paths"], sum(arm["paths"].values()) or 1
            two = whole - paths.get("single", 0) - paths.get("failed", 0)
            said.append(
                f"{arm['label']}: {percent(two / whole, 0)} cross-checked, "
                f"{percent(paths.get('settled', 0) / whole, 0)} settled by the better tier"
            )
    return "; ".join(said) + ". A cross-check counts where the answer that stands came from."


def _table(report: Mapping[str, Any]) -> str:
    head = "".join(
        f"<th>{title}</th>"
        for title in ("", "cost", "a prompt", "saved", "quality", "points", "better", "worse", "median wait")
    )
    rows = []
    for arm in report["arms"]:
        mark = " (baseline)" if arm["id"] == report["baseline"] else ""
        cells = (
            (money(arm["cost_usd"]), arm["cost_usd"]),
            (money(arm["cost_per_prompt_usd"]), arm["cost_per_prompt_usd"]),
            (_with(percent(arm["saved"]["value"]), arm["saved"]), arm["saved"]["value"]),
            (_with(percent(arm["quality"]["value"]), arm["quality"]), arm["quality"]["value"]),
            (points(arm["difference"]["value"]), arm["difference"]["value"]),
            (str(arm["better"]), arm["better"]),
            (str(arm["worse"]), arm["worse"]),
            (seconds(arm["latency_ms"]), arm["latency_ms"]),
        )
        told = "".join(
            f'<td data-v="{-1e9 if value is None else value}">{words}</td>' for words, value in cells
        )
        rows.append(f"<tr><th>{safe(arm['label'])}{mark}</th>{told}</tr>")
    return (
        f'<section><h2>All figures</h2><div class="wide"><table class="sorts"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>{_scoring(report)}</section>"
    )


def _with(value: str, found: dict[str, Any]) -> str:
    return f'{value}<span class="soft">{interval(found)}</span>'


def _when(made: str) -> str:
    return f"{datetime.fromisoformat(made).astimezone(UTC):%d %B %Y, %H:%M} UTC"


def _scoring(report: Mapping[str, Any]) -> str:
    parts = [f"Checked by program (score 0 to 1): {counted(report['checked'])}"]
    if report["judged"]:
        parts.append(
            f"judged: {counted(report['judged'])} against the baseline's answer (1 better, {score(0.5)} "
            "equal, 0 worse, so the baseline has a half)"
        )
    if report["unscored"]:
        parts.append(f"scored by nobody, counted for cost only: {counted(report['unscored'])}")
    return f'<p class="soft">{"; ".join(parts)}. Points are hundredths of the score.</p>'


def _label(report: Mapping[str, Any], arm_id: str) -> str:
    return next((str(arm["label"]) for arm in report["arms"] if arm["id"] == arm_id), arm_id)
