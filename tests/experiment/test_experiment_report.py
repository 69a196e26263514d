"""The report: complete, self-contained, harmless whatever the answers hold, and the same figures as JSON."""

from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from cli.test_cli import run
from compute_broker.experiment.report.page import page
from compute_broker.experiment.results.figures import figures
from compute_broker.experiment.results.model import Arm, Judging, Outcome, Results, Row, TierFacts

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u202e&\"'\x00"
ARMS = (
    Arm("cheap", "Cheap", "tier"),
    Arm("dear", "Dear", "tier"),
    Arm("@thrifty", "Thrifty", "mode", 0.9),
    Arm("@best", "Best", "mode", 1.0),
)


def results(count: int = 60, text: str = "an answer") -> Results:
    """Return made-up outcomes: the cheap tier is right on four of five, the dear one nearly always."""
    rng = random.Random(4)  # noqa: S311 - a repeatable set, no secret
    rows = []
    for number in range(count):
        cheap, dear = float(rng.random() < 0.8), float(rng.random() < 0.97)
        outcomes = {
            "cheap": Outcome("cheap", text, 1_000, cheap, f"c{number}", "program", "small"),
            "dear": Outcome("dear", text, 50_000, dear, f"d{number}", "program", "large", latency_ms=900),
        }
        outcomes["@thrifty"] = replace(outcomes["cheap"], why=f"Cheap: because {text}", reused=True)
        outcomes["@best"] = replace(outcomes["dear"], cost=52_000, path="settled", why="two disagreed")
        category = "reasoning" if number % 3 else "writing"
        rows.append(
            Row(f"p{number}", f"Prompt {number} {text}", category, "hard", "low", outcomes, "a reference")
        )
    facts = tuple(
        TierFacts(a, a, f"{a}-model", "$1.00", "$2.00", "metered", text, "2026-11-24", "a table")
        for a in ("cheap", "dear")
    )
    return Results(
        title=f"A test {text}",
        kind="run",
        version="0.1.0",
        made="2026-11-24T04:00+00:00",
        seed=1,
        margin=0.05,
        baseline="dear",
        arms=ARMS,
        rows=tuple(rows),
        tiers=facts,
        left_out={"other": text},
        notes=(text,),
        judging=Judging(judges=("dear",), pairs=3, flipped=1, cost=700),
        spent=3_000_000,
    )


class Tags(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def test_saving_quality_and_split_are_what_the_table_says():
    report = figures(results())
    thrifty, best = (
        next(arm for arm in report["arms"] if arm["id"] == name) for name in ("@thrifty", "@best")
    )
    assert thrifty["saved"]["value"] == pytest.approx(1 - 1_000 / 50_000)
    assert thrifty["saved_usd"] == pytest.approx(60 * 49_000 / 1e9)
    assert best["saved"]["value"] == pytest.approx(-0.04)
    assert best["difference"]["value"] == 0
    assert thrifty["split"] == {"cheap": 60}
    assert thrifty["reused"] == 60
    assert report["surprises"]["routing_dearer"]["count"] == 60
    assert report["surprises"]["routing_lost"]["count"] == thrifty["worse"]
    assert report["surprises"]["cheap_won"]["count"] == thrifty["better"]
    assert "dear" in report["frontier"]
    assert "@best" not in report["frontier"]
    assert sum(row["prompts"] for row in report["categories"]) == report["prompts"] == report["checked"] == 60


def test_costs_that_nobody_knows_are_left_out_and_counted():
    made = results()
    first = made.rows[0]
    hole = replace(first, outcomes={**first.outcomes, "cheap": replace(first.outcomes["cheap"], cost=None)})
    report = figures(replace(made, rows=(hole, *made.rows[1:])))
    cheap = report["arms"][0]
    assert (cheap["unknown_costs"], cheap["left_out_of_saving"]) == (1, 1)
    assert cheap["saved"]["value"] == pytest.approx(1 - 1_000 / 50_000)
    assert cheap["saved_usd"] == pytest.approx(59 * 49_000 / 1e9)
    assert "1 prompt whose cost nobody knows" in page(report)


def test_prompts_without_a_score_count_for_cost_only():
    made = results()
    bare = [
        replace(
            row,
            outcomes={name: replace(each, score=None, scored_by="") for name, each in row.outcomes.items()},
        )
        for row in made.rows
    ]
    report = figures(replace(made, rows=tuple(bare)))
    assert report["unscored"] == 60
    assert report["arms"][2]["quality"]["value"] is None
    assert report["arms"][2]["non_inferior"]["holds"] is None
    assert "scored by nobody, counted" in page(report)


def test_nothing_at_all_still_makes_a_page():
    report = figures(replace(results(), rows=(), unfinished=60))
    assert "60 more not finished" in page(report)


def test_the_page_needs_nothing_else_and_lets_nothing_in():
    report = figures(results(40, EVIL))
    html = page(report)
    parser = Tags()
    parser.feed(html)
    names = [tag for tag, _ in parser.tags]
    assert names.count("script") == 1
    assert not {"img", "link", "iframe", "object", "base", "form"} & set(names)
    for _, attributes in parser.tags:
        assert not [name for name in attributes if name.startswith("on") or name in {"src", "href"}]
    assert "url(" not in html
    assert "@import" not in html
    assert "\u202e" not in html
    assert "\x00" not in html
    assert "default-src &#x27;none&#x27;" in html
    assert "prefers-color-scheme:dark" in html
    assert "@media print" in html
    assert json.loads(json.dumps(report)) == report


def test_every_chart_can_be_drawn(qapp):
    html = page(figures(results()))
    drawn = re.findall(r"<svg.*?</svg>", html, re.DOTALL)
    assert len(drawn) == 4
    for chart in drawn:
        ET.fromstring(chart)  # noqa: S314 - our own
        plain = re.sub(r"var\(--[a-z0-9-]+\)", "#336699", chart)
        renderer = QSvgRenderer(QByteArray(plain.encode()))
        assert renderer.isValid()
        image = QImage(900, 500, QImage.Format.Format_ARGB32)
        image.fill(0)
        painter = QPainter(image)
        renderer.render(painter)
        painter.end()
        assert any(image.pixel(x, y) for x in range(0, 900, 7) for y in range(0, 500, 7))


def test_every_prompt_is_there_with_answers_and_reasons():
    html = page(figures(results(40)))
    assert all(f"Prompt {number} an answer" in html for number in range(40))
    assert html.count("Cheap: because an answer") == 40
    assert "The first 5 of 40" in page(figures(results(40)), most_prompts=5)


def test_a_replay_from_the_command_line_is_reproducible(tmp_path):
    rng = random.Random(9)  # noqa: S311 - a repeatable collection, no secret
    lines = []
    for number in range(80):
        right = str(number * 3)
        outcomes = {
            model: {
                "score": float(hit := rng.random() < chance),
                "answer": right if hit else str(rng.randrange(9999)),
                "tokens_in": 60,
                "tokens_out": 150,
            }
            for model, chance in (
                ("gpt-4o-mini", 0.9),
                ("llama-3.1-8b-instruct", 0.8),
                ("claude-3-5-sonnet-20241022", 0.97),
            )
        }
        prompt = f"A box holds {number} apples. How many do three boxes hold?"
        lines.append(json.dumps({"id": f"q{number}", "prompt": prompt, "outcomes": outcomes}))
    (tmp_path / "sums.jsonl").write_text("\n".join(lines), "utf-8")
    prices = {
        "gpt-4o-mini": [0.15, 0.6],
        "llama-3.1-8b-instruct": [0.02, 0.05],
        "claude-3-5-sonnet-20241022": [3, 15],
    }
    (tmp_path / "prices.json").write_text(json.dumps(prices), "utf-8")
    found = []
    for name in ("one", "two"):
        done = run(
            "experiment", "replay", str(tmp_path / "sums.jsonl"), "--prices", str(tmp_path / "prices.json"),
            "--out", str(tmp_path / name), "--margin", "8",
        )  # fmt: skip
        assert "Balanced" in done.stdout
        found.append(json.loads((tmp_path / name / "sums" / "report.json").read_text("utf-8")))
    assert found[0]["arms"] == found[1]["arms"]
    report = found[0]
    assert report["baseline"] == "claude-3-5-sonnet-20241022"
    assert report["extra"]["curves"]["savings"]["plans"]
    by_id = {row["id"]: row["outcomes"] for row in report["rows"]}
    for outcomes in by_id.values():
        for mode in ("@thrifty", "@balanced", "@best"):
            paid, tier = outcomes[mode]["cost_usd"], outcomes[mode]["tier"]
            if outcomes[mode]["path"] == "single":
                assert paid == outcomes[tier]["cost_usd"]
            else:
                assert paid > outcomes[tier]["cost_usd"]
            assert outcomes[mode]["score"] == outcomes[tier]["score"]
    html = (tmp_path / "one" / "sums" / "report.html").read_text("utf-8")
    assert "oracle" in html
    assert (tmp_path / "one" / "sums" / "report.json").stat().st_mode & 0o777 == 0o600


def test_replay_tells_what_is_wrong(tmp_path):
    file, prices = tmp_path / "a.jsonl", tmp_path / "p.json"
    file.write_text('{"prompt": "x", "outcomes": {"a": {"score": 1}, "b": {"score": 0}}}', "utf-8")
    prices.write_text('{"a": [1, 2], "b": [1, 2]}', "utf-8")
    said = run("experiment", "replay", str(file), "--prices", str(prices), "--baseline", "c", code=2)
    assert "no priced model 'c'" in said.stderr
    said = run("experiment", "replay", str(file), "--prices", str(prices), "--modes", "cheapest", code=2)
    assert "no mode" in said.stderr
