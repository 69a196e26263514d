"""What the command line does not do: one sentence with the remedy, exit code 2, and nothing half done."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from broker.world import LOCAL, cloud, write_settings
from cli.test_cli import run
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Reply


@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_name_of_no_tier_is_wrong_use_and_leaves_no_trace(more):
    write_settings(cloud("haiku", "http://127.0.0.1:9"))
    done = run("ask", "hi", "--tier", "nobody", *more, code=2)
    assert (done.stdout, done.stderr) == ("", "There is no tier 'nobody'; the tiers are: haiku.\n")
    assert json.loads(run("usage", "--json").stdout)["requests"] == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("tiers ability haiku coding nan", "Error: 'nan' is no ability; write a figure such as 2.5, or"),
        ("tiers ability haiku coding inf", "Error: 'inf' is no ability"),
        ("tiers ability haiku coding 1e9", "ability.coding: 1e+09 lies outside -6 to 10"),
        (
            "tiers add Bad_Id! --provider vllm --model x",
            "tiers.id is 'Bad_Id!'; write small letters, digits, dots and dashes, at most 40, such as",
        ),
        ("tiers add x --provider vllm --model x --price-in 1", "Give both --price-in and --price-out"),
        ("tiers test foo:bar", "http://foo:bar has no usable port; write a number up to 65535, like"),
        ("prices history nobody", "There is no tier 'nobody'; the tiers are: haiku."),
        (
            "ledger restore /nonexistent",
            "There is no backup /nonexistent; see: compute-broker ledger backups",
        ),
    ],
)
def test_a_refusal_says_what_to_write_instead(arguments, sentence):
    home = write_settings(cloud("haiku", "http://127.0.0.1:9"))
    before = home.settings.read_text("utf-8")
    done = run(*arguments.split(), code=2)
    assert done.stdout == ""
    assert sentence in done.stderr
    assert "settings.toml, line" not in done.stderr, "nobody wrote that into the file"
    assert home.settings.read_text("utf-8") == before


def test_a_tier_whose_price_was_never_noted_is_told_apart_from_no_tier():
    write_settings(cloud("haiku", "http://127.0.0.1:9"))
    assert run("prices", "history", "haiku").stdout.startswith("No price of haiku has been noted yet")


def test_the_way_past_a_budget_is_named_as_it_is_on_the_command_line():
    with AnthropicDouble() as double:
        write_settings(cloud("opus", double.url), head="[budget.daily]\namount = 0.0\nhard = true\n")
        env = {"COMPUTE_BROKER_KEY_ANTHROPIC": "sk-test"}
        told = run("ask", "hi", code=1, env=env).stderr
        assert "To send it once all the same, add --over-budget." in told
        told = json.loads(run("ask", "hi", "--json", code=1, env=env).stdout)["error"]
        assert told.endswith("add --over-budget.")
        run("ask", "hi", "--over-budget", env=env)


@pytest.mark.parametrize("arguments", [["usage"], ["learned"], ["ask", "hi", "--tier", "haiku"]])
def test_a_bad_settings_file_is_told_by_every_command_that_goes_on_without_it(arguments):
    with AnthropicDouble() as double:
        home = write_settings(cloud("haiku", double.url))
        env = {"COMPUTE_BROKER_KEY_ANTHROPIC": "sk-test"}
        run("usage")
        with home.settings.open("a", encoding="utf-8") as file:
            file.write('[budget.daily]\namount = "lots"\n')
        told = run(*arguments, env=env).stderr
        assert told.startswith("settings.toml, line ")
        first = told.splitlines()[0]
        assert "budget.daily.amount is 'lots'; write a number, such as 2.50." in first
        assert first.endswith("Until then the last good settings are used.")


def test_what_was_learned_of_a_server_that_is_not_looked_at_is_listed_all_the_same(tmp_path):
    write_settings(LOCAL.format(url="http://127.0.0.1:9"))
    lesson = {"origin": "elsewhere", "tier": "local", "model": "qwen3-8b", "category": "knowledge"}
    lesson |= {"difficulty": -2.0, "good": False, "weight": 1.0, "day": "2026-11-24"}
    path = tmp_path / "lessons.json"
    path.write_text(json.dumps({"format": "compute-broker lessons", "version": 1, "lessons": [lesson]}))
    run("learned", "import", str(path))
    assert "LM Studio did worse than expected on your knowledge: 0 of 1." in run("learned").stdout
    (row,) = json.loads(run("learned", "--json").stdout)
    assert (row["tier"], row["model"], row["total"]) == ("local", "qwen3-8b", 1)
    assert len(json.loads(run("learned", "export", "-").stdout)["lessons"]) == 1

    write_settings(cloud("haiku", "http://127.0.0.1:9"))
    assert (
        run("learned").stdout == "Nothing of the tiers as they are now; 1 lesson of other models or tiers.\n"
    )


@pytest.mark.parametrize("arguments", [["export", "-"], ["tiers", "--json"], ["ask", "Tell me much"]])
def test_a_reader_that_leaves_is_no_fault(arguments):
    with AnthropicDouble() as double:
        double.enqueue(Reply("word " * 20_000))
        write_settings(cloud("haiku", double.url))
        command = [sys.executable, "-m", "compute_broker", *arguments]
        environment = {**os.environ, "COMPUTE_BROKER_KEY_ANTHROPIC": "sk-test"}
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as program:
            assert program.stdout is not None
            assert program.stderr is not None
            program.stdout.close()  # before the first word
            told = program.stderr.read().decode()
            assert program.wait(60) == 0, told
        assert "roken pipe" not in told
        assert "Traceback" not in told


def test_doctor_says_the_same_in_json_and_by_its_exit_code():
    write_settings(cloud("haiku", "http://127.0.0.1:9"))
    report = json.loads(run("doctor", "--json", code=1).stdout)
    assert report["ok"] is False
    write_settings('[[tiers]]\nid = "builtin"\nprovider = "builtin"\n')
    done = run("doctor", "--json")
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert "– busy" not in done.stdout
