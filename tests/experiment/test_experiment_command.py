"""``experiment run`` as a person uses it: the price first, then answers, judges, ratings, the page."""

from __future__ import annotations

import json
import signal
import stat

import pytest

from broker.world import cloud, write_settings
from cli.test_cli import run
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Failure
from experiment import lab

KEY = "sk-canary-experiment-command"
BUILTIN = """
[[tiers]]
id = "builtin"
label = "Built-in"
provider = "builtin"
model = "SmolLM2-135M-Instruct"
max_output_tokens = 24
"""


@pytest.fixture
def claude(monkeypatch):
    with AnthropicDouble() as double:
        double.key = KEY
        double.answer = lab.right
        monkeypatch.setenv("COMPUTE_BROKER_KEY_ANTHROPIC", KEY)
        yield double


@pytest.fixture
def prompts(tmp_path):
    """Write the lab's prompts as a file."""
    names = ("id", "prompt", "category", "difficulty", "stakes", "reference", "check")
    lines = [json.dumps({name: getattr(item, name) for name in names}) for item in lab.items()]
    path = tmp_path / "prompts.jsonl"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def settings(claude, *more: str):
    return write_settings(*(cloud(name, claude.url) for name in ("haiku", "sonnet", "opus")), *more)


def report_in(folder):
    return json.loads((folder / "report.json").read_text("utf-8"))


def test_the_price_is_told_before_a_cent_is_spent(claude, prompts, tmp_path):
    settings(claude)
    done = run(
        "experiment", "run", str(prompts), "--dry-run", "--judge", "sonnet", "--out", str(tmp_path / "out")
    )
    assert "6 prompts, 3 tiers, 3 modes" in done.stderr
    assert "at most $" in done.stderr
    assert claude.chats == []
    assert not (tmp_path / "out").exists()
    # Without a budget somebody has to say yes; nobody is there.
    assert run("experiment", "run", str(prompts), "--out", str(tmp_path / "out"), code=130).stdout == ""
    assert claude.chats == []


def test_the_whole_way_with_the_real_engine_and_judges_to_the_page(claude, prompts, tmp_path):
    settings(claude, BUILTIN)
    folder = tmp_path / "out"
    arguments = (
        "experiment",
        "run",
        str(prompts),
        "--out",
        str(folder),
        "--budget",
        "2",
        "--judge",
        "sonnet,human",
    )
    done = run(*arguments)
    assert "Balanced" in done.stdout
    assert "experiment rate" in done.stdout
    assert "answers" in done.stderr
    report = report_in(folder)
    assert {arm["id"] for arm in report["arms"]} == {
        "builtin", "haiku", "sonnet", "opus", "@thrifty", "@balanced", "@best",
    }  # fmt: skip
    assert (report["prompts"], report["unfinished"], report["checked"], report["judged"]) == (6, 0, 5, 1)
    arms = {arm["id"]: arm for arm in report["arms"]}
    assert arms["opus"]["quality"]["value"] == pytest.approx((5 + 0.5) / 6)
    assert arms["builtin"]["quality"]["value"] < 0.5
    assert arms["@thrifty"]["saved"]["value"] > 0.5
    assert arms["@thrifty"]["non_inferior"]["holds"] is None
    assert report["judging"]["judges"] == ["sonnet"]
    assert report["judging"]["cost_usd"] > 0
    paid = sum(line["cost"] for line in lab.journal_lines(folder, "answer"))
    assert report["spent_usd"] == pytest.approx(paid / 1e9)
    html = (folder / "report.html").read_text("utf-8")
    assert KEY not in html
    assert "The sea, the sea." in html
    for name in ("report.html", "report.json", "journal.jsonl"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    seen = len(claude.chats)
    first = (folder / "report.json").read_bytes()
    assert "already" in run(*arguments).stderr
    assert len(claude.chats) == seen
    assert (folder / "report.json").read_bytes() == first
    used = json.loads(run("usage", "--json").stdout)
    assert used["spent_usd"] == pytest.approx(paid / 1e9)
    assert used["saved_usd"] == 0


def test_a_kill_changes_nothing_in_the_report(claude, prompts, tmp_path, start_program):
    settings(claude)
    reports = []
    for name, after in (("killed", 7), ("calm", 0)):
        folder = tmp_path / name
        arguments = (
            "experiment",
            "run",
            str(prompts),
            "--out",
            str(folder),
            "--budget",
            "2",
            "--judge",
            "sonnet",
        )
        if after:
            seen = len(claude.chats)
            program = start_program(*arguments)
            claude.wait_chat(seen + after)
            program.signal(signal.SIGKILL)
            program.wait()
        run(*arguments)
        reports.append(report_in(folder))
    for report in reports:
        del report["made"]
        for row in report["rows"]:
            for outcome in row["outcomes"].values():
                del outcome["latency_ms"]
        for arm in report["arms"]:
            del arm["latency_ms"]
    assert reports[0] == reports[1]


def test_a_person_rates_blindly_and_the_report_says_how_far_judges_agree(claude, prompts, tmp_path):
    # Each tier writes another poem, and the judge always prefers the first one it is shown.
    poems = {"haiku": "A short sea.", "sonnet": "A middling sea.", "opus": "A long, long sea."}

    def say(prompt):
        return "FIRST" if "first_answer" in prompt else lab.right(prompt)

    claude.answer = say
    settings(claude)
    folder = tmp_path / "out"
    run("experiment", "run", str(prompts), "--out", str(folder), "--budget", "2", "--modes", "best")
    assert report_in(folder)["unscored"] == 0  # all poems are the same words: equal, whoever judges
    journal = (folder / "journal.jsonl").read_text("utf-8").splitlines()
    changed = []
    for line in map(json.loads, journal):
        if line["type"] == "answer" and line["prompt"] == "poem":
            line["text"] = poems[line["tier"]]
        changed.append(json.dumps(line))
    (folder / "journal.jsonl").write_text("\n".join(changed) + "\n", "utf-8")
    run("experiment", "report", str(folder))
    assert report_in(folder)["unscored"] == 1
    done = run("experiment", "rate", str(folder), stdin="a\ns\n")
    assert "A long, long sea." in done.stdout
    assert not any(name in done.stdout.split("Better")[0] for name in ("haiku", "opus", "Claude"))
    assert report_in(folder)["judged"] == 1
    lines = (folder / "ratings.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == 1
    again = run("experiment", "rate", str(folder), stdin="=\n")
    assert "1 rated, 1 to go" in again.stdout
    assert "Nothing to rate" in run("experiment", "rate", str(folder)).stdout
    # The judge, who always says FIRST, contradicts itself: equal. The person said otherwise once.
    run(
        "experiment",
        "run",
        str(prompts),
        "--out",
        str(folder),
        "--budget",
        "2",
        "--modes",
        "best",
        "--judge",
        "haiku,human",
    )
    judging = report_in(folder)["judging"]
    assert judging["flipped"] == judging["pairs"] - 1 == 1
    assert judging["agreements"][0]["pairs"] == 1
    assert judging["agreements"][0]["other"] == "you"


def test_a_budget_stops_it_cleanly_and_says_how_to_go_on(claude, prompts, tmp_path):
    settings(claude)
    out = str(tmp_path / "out")
    done = run(
        "experiment", "run", str(prompts), "--out", out, "--budget", "0.0203", "--concurrency", "1", code=1
    )
    assert "budget" in done.stderr
    assert "no answer is paid twice" in done.stderr
    assert report_in(tmp_path / "out")["unfinished"] > 0
    run("experiment", "run", str(prompts), "--out", out, "--budget", "2")
    assert report_in(tmp_path / "out")["unfinished"] == 0


def test_a_tier_that_fails_leaves_a_report_that_says_so(claude, prompts, tmp_path):
    settings(claude)
    claude.enqueue(*[Failure(402, "billing_error", "no money")], model="claude-sonnet-5-5")
    done = run(
        "experiment",
        "run",
        str(prompts),
        "--out",
        str(tmp_path / "out"),
        "--budget",
        "2",
        "--concurrency",
        "1",
        code=1,
    )
    assert "Not everything was asked" in done.stderr
    assert "Not asked everywhere" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_history_brings_the_last_prompts_asks_first_and_keeps_private_ones_here(claude, tmp_path):
    settings(claude)
    for prompt in ("How many eggs are 3 boxes of 23 eggs?", "Write a line about the sea."):
        run("ask", prompt)
    run("ask", "Write a line about the sea.")
    run("ask", "--private", "My secret.", code=1)
    seen = len(claude.chats)
    arguments = ("experiment", "run", "--from-history", "50", "--out", str(tmp_path / "out"), "--budget", "2")
    refused = run(*arguments, stdin="n\n", code=1)
    assert "2 prompts, 3 tiers" in refused.stderr
    assert "on this machine: 1." in refused.stderr
    assert len(claude.chats) == seen
    run(*arguments, "--yes")
    report = report_in(tmp_path / "out")
    assert {row["prompt"] for row in report["rows"]} == {
        "How many eggs are 3 boxes of 23 eggs?", "Write a line about the sea.",
    }  # fmt: skip
    assert any("from your history" in note for note in report["notes"])
    assert "My secret." not in (tmp_path / "out" / "journal.jsonl").read_text("utf-8")
    asked = len(claude.chats)
    run("ask", "Another one.")
    assert "Going on with the 2 prompts" in run(*arguments, "--yes").stderr
    assert len(claude.chats) == asked + 1


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("{oops", "line 1 of"),
        ('{"id": 1}', "it has no prompt"),
        ('{"prompt": "x", "check": {"of": 1}}', "its check makes no sense"),
        (
            '{"id": 1, "prompt": "x"}\n{"id": 1, "prompt": "y"}',
            "line 2 of bad.jsonl: it has the id '1' of line 1",
        ),
        ("", "holds no prompt"),
    ],
)
def test_prompts_that_make_no_sense_are_told(claude, tmp_path, lines, message):
    settings(claude)
    path = tmp_path / "bad.jsonl"
    path.write_text(lines, "utf-8")
    assert message in run("experiment", "run", str(path), "--dry-run", code=2).stderr


def test_our_own_set_is_told_of_and_priced(claude, tmp_path):
    settings(claude)
    told = run("experiment", "prompts", "--check").stdout
    assert "100 prompts" in told
    assert "Every reference passes its own check." in told
    done = run("experiment", "run", "--own", "--dry-run", "--out", str(tmp_path / "out"))
    assert "100 prompts, 3 tiers" in done.stderr
    assert "Code is not run, so judges compare answers to 16 prompts" in done.stderr
    assert claude.chats == []


def test_a_strangers_set_is_read_with_a_mapping_and_found_unsound(tmp_path):
    path = tmp_path / "theirs.jsonl"
    line = {"q": "2 + 2?", "a": "5", "rule": {"kind": "number", "value": 4}}
    path.write_text(json.dumps(line) + "\n", "utf-8")
    maps = ("--map", "prompt=q", "--map", "reference=a", "--map", "check=rule")
    assert "1 prompts" in run("experiment", "prompts", str(path), *maps).stdout
    found = run("experiment", "prompts", str(path), "--check", *maps, code=1)
    assert "line-1: its reference does not pass its own check" in found.stdout
    assert "--map prompt=question" in run("experiment", "prompts", str(path), code=2).stderr


def test_code_is_run_only_with_leave_which_is_remembered(claude, tmp_path):
    settings(claude)
    path = tmp_path / "code.jsonl"
    check = {"kind": "code", "function": "twice", "tests": [{"args": [4], "expected": 8}]}
    line = {"id": "c", "prompt": "Write twice(x) in Python.", "check": check}
    path.write_text(json.dumps(line) + "\n", "utf-8")
    good, bad = (f"```python\ndef twice(x):\n    return {body}\n```" for body in ("2 * x", "x"))
    claude.answer = lambda _: good
    folder = tmp_path / "out"
    arguments = ("experiment", "run", str(path), "--budget", "2", "--out", str(folder))
    run(*arguments)
    assert report_in(folder)["checked"] == 0
    asked = len(claude.chats)
    run(*arguments, "--allow-code")
    assert len(claude.chats) == asked
    assert report_in(folder)["checked"] == 1
    assert {arm["quality"]["value"] for arm in report_in(folder)["arms"]} == {1.0}
    run("experiment", "report", str(folder))
    assert report_in(folder)["checked"] == 1
    claude.answer = lambda _: bad
    run("experiment", "run", str(path), "--budget", "2", "--out", str(tmp_path / "bad"), "--allow-code")
    assert {arm["quality"]["value"] for arm in report_in(tmp_path / "bad")["arms"]} == {0.0}


def test_wrong_use_is_told(claude, prompts, tmp_path):
    settings(claude)
    assert "--from-history" in run("experiment", "run", code=2).stderr
    assert "no amount" in run("experiment", "run", str(prompts), "--budget", "-3", code=2).stderr
    assert "no experiment in" in run("experiment", "report", str(tmp_path), code=2).stderr
