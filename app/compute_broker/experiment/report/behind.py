"""What stands behind the figures: surprises, what was not measured, prices and judges, every prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from compute_broker.experiment.report.words import counted, money, percent, safe, score, seconds

_TITLE = 110
_PATHS = {
    "single": "alone",
    "agreed": "two agreed",
    "settled": "two disagreed, settled",
    "unchecked": "could not be checked",
    "failed": "no answer",
}


def surprises(report: Mapping[str, Any]) -> str:
    """Return where things went otherwise than one would think."""
    found, labels = report["surprises"], _labels(report)
    cheapest = labels.get(found["cheapest"] or "", "the cheapest tier")
    kinds = (
        ("cheap_won", f"The cheap one won: {safe(cheapest)} did better than the baseline"),
        ("routing_lost", "Routing lost: the broker's answer was worse than the baseline's"),
        ("routing_won", "Routing won: the broker's answer was better than the baseline's"),
        ("routing_dearer", "Routing cost more than the baseline, for no better an answer"),
    )
    parts = []
    for name, title in kinds:
        kind = found[name]
        if not kind["count"]:
            parts.append(f"<details><summary>{title}: never</summary></details>")
            continue
        rows = "".join(_surprise(entry, labels) for entry in kind["shown"])
        more = kind["count"] - len(kind["shown"])
        rest = f'<p class="soft">And {more} more.</p>' if more else ""
        head = _head("prompt", "arm", "answered by", right=("score", "cost"))
        parts.append(
            f"<details><summary>{title}: {_times(kind['count'])}</summary>"
            f'<div class="inner wide">{_table(head, rows)}{rest}</div></details>'
        )
    return f"<section><h2>Surprises</h2>{''.join(parts)}</section>"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _surprise(entry: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    about = f"{entry['category']}, stakes {entry['stakes']}" if entry["stakes"] else entry["category"]
    return (
        f'<tr><td>{safe(entry["id"])}<br><span class="soft">{safe(about)}</span></td>'
        f'<td class="left">{safe(labels.get(entry["arm"], entry["arm"]))}</td>'
        f'<td class="left">{safe(labels.get(entry["tier"], entry["tier"]) or "nobody")}'
        f'<br><span class="soft">{safe(_PATHS.get(entry["path"], entry["path"]))}</span></td>'
        f"<td>{score(entry['score'])} against {score(entry['baseline_score'])}</td>"
        f"<td>{money(entry['cost_usd'])} against {money(entry['baseline_cost_usd'])}</td></tr>"
    )


def not_measured(report: Mapping[str, Any]) -> str:
    """Return what the figures do not say."""
    said = [safe(note) for note in report["notes"]]
    if report["unfinished"]:
        said.append(f"Not asked everywhere, and so in no figure: {counted(report['unfinished'])}.")
    if report["unscored"]:
        said.append(f"No program can tell and nobody judged: {counted(report['unscored'])} without a score.")
    for arm in report["arms"]:
        said += _of_arm(arm, asked=report["kind"] == "run")
    said += [f"{safe(tier)} took no part: {safe(why)}." for tier, why in report["left_out"].items()]
    said.append(
        "One answer to each request: how much a tier's answers vary from one time to the next is not known."
    )
    said.append(
        "These prompts are a sample of whatever they were drawn from, and the figures hold for nothing else."
    )
    return f"<section><h2>Not measured</h2><ul>{''.join(f'<li>{each}</li>' for each in said)}</ul></section>"


def _of_arm(arm: Mapping[str, Any], *, asked: bool) -> list[str]:
    """Return what was not measured in one arm; ``asked``: the answers were given now, not recorded once."""
    label, said = safe(arm["label"]), []
    if arm["left_out_of_saving"]:
        left = counted(arm["left_out_of_saving"])
        said.append(f"{label}: {left} whose cost nobody knows here or at the baseline, left out.")
    if asked and arm["estimated_costs"]:
        said.append(f"{label}: the cost of {counted(arm['estimated_costs'], 'answer')} is an estimate.")
    if arm["failed"]:
        said.append(
            f"{label}: {counted(arm['failed'], 'answer')} refused, cut off or not given; counted as such."
        )
    if asked and arm["kind"] == "mode" and arm["reused"]:
        said.append(
            f"{label}: on {counted(arm['reused'])} one tier was chosen, and the answer it had given alone "
            "was used: the request would have been the same."
        )
    return said


def behind(report: Mapping[str, Any]) -> str:
    """Return prices, versions and judges."""
    rows = "".join(_tier(tier) for tier in report["tiers"])
    head = _head(
        "tier", "model", right=("$ a million in", "out"), last=("basis", "price from", "abilities from")
    )
    table = f"<div class=wide>{_table(head, rows)}</div>"
    return f"<section><h2>Prices and versions</h2>{table}</section>{_judging(report['judging'])}"


def _tier(tier: Mapping[str, Any]) -> str:
    where = f"{tier['source']}, {tier['as_of']}"
    words = "".join(f'<td class="left">{safe(each)}</td>' for each in (tier["label"], tier["model"]))
    prices = "".join(f"<td>{safe(tier[each])}</td>" for each in ("price_in", "price_out"))
    more = "".join(
        f'<td class="left">{safe(each)}</td>' for each in (tier["basis"], where, tier["abilities"])
    )
    return f"<tr>{words}{prices}{more}</tr>"


def _head(*left: str, right: Sequence[str] = (), last: Sequence[str] = ()) -> str:
    def cells(titles: Sequence[str], style: str) -> str:
        return "".join(f"<th{style}>{title}</th>" for title in titles)

    return f"<tr>{cells(left, ' class=left')}{cells(right, '')}{cells(last, ' class=left')}</tr>"


def _table(head: str, rows: str) -> str:
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _judging(judging: Mapping[str, Any]) -> str:
    if not judging["judges"]:
        return ""
    said = [
        (
            f"Judges: {safe(', '.join(judging['judges']))}. {counted(judging['pairs'], 'pair')} of answers, "
            "shown without a name, to models in both orders. The models' judging cost "
            f"{money(judging['cost_usd'])}, which is in no arm's figures."
        ),
        (
            f"On {counted(judging['flipped'], 'pair')} a model changed its mind with the "
            f"order, which counts as equal; on {judging['invalid']} it did not keep to the words, which "
            "counts as nothing."
        ),
        *(_agreement(each) for each in judging["agreements"]),
    ]
    return f"<section><h2>Judging</h2>{''.join(f'<p>{each}</p>' for each in said)}</section>"


def _agreement(each: Mapping[str, Any]) -> str:
    kappa = "kappa does not exist" if each["kappa"] is None else f"Cohen's kappa {each['kappa']:.2f}"
    names = f"{safe(each['one'])} and {safe(each['other'])}"
    return f"{names} agree on {percent(each['same'], 0)} of {counted(each['pairs'], 'pair')}; {kappa}."


def prompts(report: Mapping[str, Any], most: int | None) -> str:
    """Return every prompt with all answers and the decisions' reasons, or the first ``most``."""
    rows: Sequence[Mapping[str, Any]] = report["rows"]
    shown = rows if most is None else rows[:most]
    labels = _labels(report)
    told = (
        f'<p class="soft">The first {len(shown)} of {len(rows)}; all are in report.json.</p>'
        if len(shown) < len(rows)
        else ""
    )
    modes = [arm["id"] for arm in report["arms"] if arm["kind"] == "mode"]
    parts = "".join(_prompt(row, labels, modes, report["baseline"]) for row in shown)
    return f'<section class="prompts"><h2>Every prompt</h2>{told}{parts}</section>'


def _prompt(row: Mapping[str, Any], labels: Mapping[str, str], modes: Sequence[str], baseline: str) -> str:
    title = " ".join(row["prompt"].split())
    title = title if len(title) <= _TITLE else title[:_TITLE].rstrip() + " …"
    stakes = f"{row['stakes']} stakes" if row["stakes"] else ""
    about = ", ".join(part for part in (row["id"], row["category"], row["difficulty"], stakes) if part)
    seen: dict[str, str] = {}
    body = "".join(_outcome(arm, each, labels, baseline, seen) for arm, each in row["outcomes"].items())
    reasons = "".join(
        f"<li><b>{safe(labels[mode])}</b>: {safe(row['outcomes'][mode]['why'])}</li>" for mode in modes
    )
    reference = f"<h3>Reference</h3><pre>{safe(row['reference'])}</pre>" if row["reference"] else ""
    head = _head("", right=("score", "cost", "wait"), last=("answer",))
    return (
        f'<details><summary>{safe(title)}<span class="soft">{safe(about)}</span></summary><div class="inner">'
        f"<pre>{safe(row['prompt'])}</pre>{reference}<ul>{reasons}</ul>"
        f"<div class=wide>{_table(head, body)}</div></div></details>"
    )


def _outcome(
    arm: str, each: Mapping[str, Any], labels: Mapping[str, str], baseline: str, seen: dict[str, str]
) -> str:
    """Return one arm's line; an answer that was shown above is not shown again."""
    mark = " (baseline)" if arm == baseline else ""
    by = ""
    if arm not in {each["tier"], each["model"]}:
        way = _PATHS.get(each["path"], each["path"])
        by = f'<br><span class="soft">{safe(labels.get(each["tier"], each["tier"]))}, {safe(way)}</span>'
    note = f'<span class="soft">{safe(each["note"])}</span> ' if each["note"] else ""
    if each["key"] in seen and each["key"]:
        answer = f'<span class="soft">as {safe(seen[each["key"]])}</span>'
    else:
        seen[each["key"]] = labels[arm]
        answer = f"<pre>{safe(each['text'])}</pre>" if each["text"] else ""
    who = {"person": " (you)", "model": " (judged)"}.get(each["scored_by"], "")
    return (
        f"<tr><td>{safe(labels[arm])}{mark}{by}</td><td>{score(each['score'])}{who}</td>"
        f"<td>{money(each['cost_usd'])}</td><td>{seconds(each['latency_ms'])}</td>"
        f'<td class="left">{note}{answer}</td></tr>'
    )


def _labels(report: Mapping[str, Any]) -> dict[str, str]:
    return {arm["id"]: arm["label"] for arm in report["arms"]}
