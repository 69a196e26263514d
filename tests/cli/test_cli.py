"""The command line as a person uses it: the real program, its real files, doubles for the network."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest

from broker.world import LOCAL, cloud, write_settings
from compute_broker.__main__ import wanted_window
from compute_broker.cli.ask import terminal
from compute_broker.compose import opened
from compute_broker.config.home import Home
from compute_broker.config.store import SettingsStore
from compute_broker.core.tier import Place
from compute_broker.diagnostics import _servers
from compute_broker.market import pace
from compute_broker.market.discovery import discover
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.script import Gate, Reply, Tokens

KEY = "sk-canary-command-line-4711"


def raw(*arguments, stdin=None, env=None):
    """Run the real program; return the bytes it printed on both streams."""
    return subprocess.run(
        [sys.executable, "-m", "compute_broker", *arguments],
        input=stdin,
        capture_output=True,
        timeout=90,
        env={**os.environ, **(env or {})},
        check=False,
    )


def run(*arguments, stdin=None, code=0, env=None):
    """Run the real program; return what it printed on both streams."""
    done = subprocess.run(
        [sys.executable, "-m", "compute_broker", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def claude(monkeypatch):
    with AnthropicDouble() as double:
        double.key = KEY
        monkeypatch.setenv("COMPUTE_BROKER_KEY_ANTHROPIC", KEY)
        yield double


def test_ask_streams_the_answer_to_standard_output_and_the_rest_to_standard_error(claude):
    claude.enqueue(Reply("It is Paris."))
    write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    done = run("ask", "What is the capital of France?")
    assert done.stdout == "It is Paris.\n"
    assert "→ Claude" in done.stderr
    assert "saved" in done.stderr or "baseline" in done.stderr


def test_ask_json_has_answer_cost_and_the_whole_decision(claude):
    claude.enqueue(Reply("42", usage=Tokens(input=1000, output=100)))
    write_settings(cloud("haiku", claude.url), cloud("opus", claude.url))
    result = json.loads(run("ask", "--json", "--tier", "haiku", "-", stdin="Six times seven?").stdout)
    assert result["answer"] == "42"
    assert result["tier"] == "haiku"
    assert result["model"] == "claude-haiku-5-5"
    assert (result["input_tokens"], result["output_tokens"]) == (1000, 100)
    assert result["cost_usd"] == 0.00015
    assert result["cost_basis"] == "metered"
    assert result["saved_usd"] > 0
    decision = result["decision"]
    assert {"category", "difficulty", "stakes", "expected_cost_usd", "reason", "considered"} <= set(decision)
    for row in decision["considered"]:
        assert {"tier", "verdict", "p_success", "expected_cost_usd", "reason"} <= set(row)


def test_ask_without_any_tier_keeps_the_prompt_and_says_what_to_do():
    write_settings(cloud("opus", "http://127.0.0.1:1", key="nobody"))
    done = run("ask", "hello", code=1)
    assert "No tier can take it now" in done.stderr
    shown = json.loads(run("ask", "--json", "hello", code=1).stdout)
    assert shown["answer"] is None
    assert shown["error"]


def test_a_terminal_session_notices_a_server_that_was_started_meanwhile(monkeypatch, capsys):
    for name in ("LOCAL_EVERY", "_LOCAL_SHARE"):
        monkeypatch.setattr(pace, name, timedelta(0))
    with LMStudioDouble() as free:
        port = int(free.url.rpartition(":")[2])
    write_settings(LOCAL.format(url=free.url))
    with ExitStack() as later:

        def prompts():
            yield "anybody there?"
            assert "No tier can take it now" in capsys.readouterr().err
            studio = later.enter_context(LMStudioDouble(port=port))
            studio.enqueue(Reply("here now"))
            yield "and now?"

        typed = prompts()
        monkeypatch.setattr("compute_broker.cli.ask._next_prompt", lambda: next(typed, None))
        assert terminal.callback() == 0
    assert "here now" in capsys.readouterr().out


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
def test_what_a_terminal_cannot_show_is_shown_as_such(encoding):
    with LMStudioDouble() as studio:
        studio.enqueue(Reply("one \u2192 two, half \ud83d there"))
        write_settings(LOCAL.format(url=studio.url))
        env = {"PYTHONIOENCODING": encoding}
        for arguments, stdin in (
            (("ask", "hi"), None),
            (("doctor",), None),
            (("classify", "--jsonl"), '{"id": "\\ud83d", "prompt": "h\xe9"}'.encode("latin-1")),
        ):
            done = raw(*arguments, stdin=stdin, env=env)
            assert b"Traceback" not in done.stderr, done.stderr
            assert done.returncode == 0
            if arguments[0] == "ask":
                shown = "one \u2192 two, half \ufffd there".encode(encoding, "replace")
                assert done.stdout.rstrip() == shown


def test_two_tiers_of_one_name_in_a_file_are_refused(tmp_path):
    row = {"id": "a", "model": "m", "price_in_usd_per_mtok": 1, "price_out_usd_per_mtok": 2}
    file = tmp_path / "tiers.json"
    file.write_text(json.dumps({"tiers": [row, {**row, "model": "n"}]}), "utf-8")
    done = run("route", "--jsonl", "--tiers", str(file), stdin='{"prompt": "hi"}', code=2)
    assert "tiers.json: two tiers are called 'a'" in done.stderr


def test_bad_use_gets_one_sentence():
    assert "Give a prompt" in run("ask", "", code=2).stderr
    assert "thrifty, balanced, best" in run("ask", "x", "--mode", "cheap", code=2).stderr
    assert "no tier 'nope'" in run("tiers", "disable", "nope", code=2).stderr
    assert "write it like 2026-11-23" in run("export", "x.csv", "--from", "yesterday", code=2).stderr


def test_tiers_lists_states_and_prices_and_unknown_is_null(claude):
    unpriced = cloud("opus", claude.url).replace("claude-opus-5-5", "claude-unheard-of")
    write_settings(cloud("haiku", claude.url), unpriced)
    haiku, other = json.loads(run("tiers", "--json").stdout)
    assert haiku["state"] == "ready"
    assert haiku["price_in_usd_per_mtok"] == 0.1
    assert haiku["price_out_usd_per_mtok"] == 0.5
    assert haiku["price_source"].startswith("genai-prices")
    assert haiku["price_time"]
    assert other["price_in_usd_per_mtok"] is None
    assert "–" in run("tiers").stdout


def test_a_tier_is_added_used_switched_off_and_removed():
    with LMStudioDouble() as studio:
        studio.enqueue(Reply("local words"))
        write_settings()
        run("tiers", "add", "mine", "--provider", "lmstudio", "--model", "*", "--base-url", studio.url)
        (row,) = json.loads(run("tiers", "--json").stdout)
        assert (row["id"], row["state"], row["place"]) == ("mine", "ready", "personal")
        assert json.loads(run("ask", "--json", "--private", "hi").stdout)["answer"] == "local words"
        run("tiers", "disable", "mine")
        assert json.loads(run("tiers", "--json").stdout)[0]["state"] == "off"
        run("tiers", "enable", "mine")
        run("tiers", "remove", "mine")
        assert json.loads(run("tiers", "--json").stdout) == []
    taken = run(
        "tiers", "add", "x", "--provider", "openai", "--model", "m", "--base-url", "file:///etc", code=2
    )
    assert "http" in taken.stderr


def test_an_ability_is_corrected_and_taken_back():
    run("tiers", "ability", "haiku", "coding", "like claude-opus-5-5")
    run("tiers", "ability", "haiku", "writing", "2.5")
    (line,) = [
        line for line in Home.find().settings.read_text("utf-8").splitlines() if line.startswith("ability")
    ]
    assert line == 'ability = {coding = "like claude-opus-5-5", writing = 2.5}'
    assert "lies outside" in run("tiers", "ability", "haiku", "coding", "99", code=2).stderr
    assert "no ability" in run("tiers", "ability", "haiku", "coding", "good", code=2).stderr
    for category in ("coding", "writing"):
        run("tiers", "ability", "haiku", category, "--reset")
    lines = Home.find().settings.read_text("utf-8").splitlines()
    assert not [line for line in lines if line.startswith("ability")]


def test_what_was_learned_is_listed_exported_and_imported(tmp_path):
    path = tmp_path / "lessons.json"
    assert "Nothing yet" in run("learned").stdout
    lesson = '{"origin": "a1", "tier": "builtin", "model": "SmolLM2-135M-Instruct", "category": "chat",'
    lesson += ' "difficulty": -3.0, "good": false, "weight": 1.0, "day": "2026-11-20"}'
    path.write_text(f'{{"format": "compute-broker lessons", "version": 1, "lessons": [{lesson}]}}', "utf-8")
    assert run("learned", "import", path).stdout == "1 lesson read, 1 of them new.\n"
    assert "worse than expected on your chat: 0 of 1" in run("learned").stdout
    (row,) = json.loads(run("learned", "--json").stdout)
    assert (row["tier"], row["good"], row["total"]) == ("builtin", 0, 1)
    assert row["shift_logits"] < 0
    again = tmp_path / "again.json"
    run("learned", "export", again)
    assert json.loads(again.read_text("utf-8"))["lessons"] == [json.loads(lesson) | {"effort": "default"}]
    assert "no tier" in run("learned", "reset", "--tier", "nobody", code=2).stderr
    run("learned", "reset", "--tier", "builtin")
    assert "Nothing yet" in run("learned").stdout
    run("learned", "reset", "--undo")
    assert "0 of 1" in run("learned").stdout
    assert "holds no lessons" in run("learned", "import", home_settings(), code=2).stderr


def test_the_ledger_is_checked_copied_restored_and_forgets():
    run("ask", "--tier", "builtin", "Say hello to zyzzyva")
    assert run("ledger", "verify").stdout == "Sound: 1 requests, 1 attempts.\n"
    copy = run("ledger", "backup").stdout.removeprefix("Written: ").strip()
    assert copy in run("ledger", "backups").stdout
    run("ask", "--tier", "builtin", "Say hello again")
    assert "no backup" in run("ledger", "restore", "nowhere.db", "--yes", code=2).stderr
    assert "kept" not in run("ledger", "restore", "latest", "--yes").stdout
    assert run("ledger", "verify").stdout.startswith("Sound: 1 requests")
    assert "one of --before" in run("ledger", "forget", code=2).stderr
    assert "no date" in run("ledger", "forget", "--before", "soon", code=2).stderr
    assert run("ledger", "forget", "--older-than", "1", "--yes").stdout.startswith("0 prompts")
    tomorrow = (datetime.now().astimezone() + timedelta(days=1)).date()
    told = run("ledger", "forget", "--before", str(tomorrow), "--yes").stdout
    assert told.startswith("1 prompts were forgotten")
    assert "before-restore" in told
    assert json.loads(run("usage", "--period", "all", "--json").stdout)["requests"] == 1


def test_a_damaged_ledger_names_the_command_that_brings_it_back():
    run("ask", "--tier", "builtin", "Say hello to zyzzyva")
    run("ledger", "backup")
    Home.find().ledger.write_bytes(b"noise" * 5000)
    told = run("usage", code=1).stderr
    assert "is damaged" in told
    (command,) = re.findall("“compute-broker (.+?)”", told)
    run(*command.split(), "--yes")
    assert run("ledger", "verify").stdout == "Sound: 1 requests, 1 attempts.\n"


def test_a_window_is_opened_by_name_and_without_a_screen_that_is_said():
    told = run("open", "history", code=1).stderr
    assert told.startswith("There is no display here to open history on.")
    assert (
        "'ask', 'glance', 'usage', 'history', 'settings', 'trial', 'welcome'"
        in run("open", "books", code=2).stderr
    )
    for arguments, window in (
        ([], ""),
        (["glance"], "glance"),
        (["open", "history"], "history"),
        (["open", "ask"], "ask"),
        (["open", "books"], None),
        (["open"], None),
        (["usage"], None),
    ):
        assert wanted_window(arguments) == window


def home_settings():
    return Home.find().settings


def test_a_server_on_ones_own_network_is_added_as_the_office():
    write_settings()
    add = ("tiers", "add", "lan", "--provider", "openai", "--model", "m", "--base-url")
    run(*add, "http://192.168.1.5:8000/v1")
    assert SettingsStore(Home.find()).current.tier("lan").where is Place.OFFICE
    run("tiers", "remove", "lan")
    refused = run(*add, "http://llm.example.com/v1", code=2)
    assert "clear text" in refused.stderr
    assert "no web address" in run(*add, "http://[::1", code=2).stderr
    assert SettingsStore(Home.find()).current.tiers == []


def test_export_writes_the_documented_columns(claude, tmp_path):
    claude.enqueue(Reply("fine", usage=Tokens(input=10, output=3, cache_read=4)))
    write_settings(cloud("haiku", claude.url))
    run("ask", "=HYPERLINK(1)")
    out = tmp_path / "usage.csv"
    assert "1 row" in run("export", str(out)).stdout
    with out.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        (row,) = list(reader)
    assert ",".join(reader.fieldnames) == (
        "time_utc,time_local,request_id,source,category,difficulty,tier,place,provider,model,input_tokens,"
        "cached_tokens,output_tokens,reasoning_tokens,cost_usd,cost_basis,price_source,baseline_tier,"
        "baseline_cost_usd,saved_usd,status,latency_ms,again_of"
    )
    assert (row["input_tokens"], row["cached_tokens"], row["output_tokens"]) == ("10", "4", "3")
    assert run("export", "-").stdout.splitlines()[1].split(",")[2] == row["request_id"]
    used = json.loads(run("usage", "--json").stdout)
    assert used["requests"] == 1
    assert used["spent_usd"] == float(row["cost_usd"])


def test_classify_and_route_answer_line_by_line_and_send_nothing(tmp_path):
    lines = '{"id": "a", "prompt": "hi"}\n{"id": 2, "prompt": "Prove Fermat\'s last theorem."}\n'
    classified = [json.loads(line) for line in run("classify", "--jsonl", stdin=lines).stdout.splitlines()]
    assert [row["id"] for row in classified] == ["a", 2]
    assert classified[0]["difficulty"] < classified[1]["difficulty"]
    tiers = tmp_path / "tiers.json"
    tiers.write_text(
        json.dumps(
            {
                "tiers": [
                    {
                        "id": "big",
                        "model": "claude-opus-5-5",
                        "price_in_usd_per_mtok": 4,
                        "price_out_usd_per_mtok": 20,
                    },
                    {
                        "id": "new",
                        "model": "nobody/knows-7b",
                        "price_in_usd_per_mtok": 0.1,
                        "price_out_usd_per_mtok": 0.2,
                    },
                ]
            }
        )
    )
    routed = run("route", "--jsonl", "--tiers", str(tiers), stdin=lines).stdout.splitlines()
    for line in map(json.loads, routed):
        assert line["plan"]["tiers"]
        assert {row["tier"] for row in line["considered"]} == {"big", "new"}
        assert all(
            row["p_success"] is not None and row["expected_cost_usd"] is not None
            for row in line["considered"]
        )
    assert "line 1 is no JSON" in run("classify", "--jsonl", stdin="{oops\n", code=2).stderr


def test_the_terminal_answers_prompts_line_by_line(claude, start_program):
    claude.enqueue(Reply("first"))
    claude.enqueue(Reply("second"))
    write_settings(cloud("haiku", claude.url))
    program = start_program()
    program.wait_line("no display here")
    program.say("one")
    program.wait_line("^first$")
    program.say("two \\")
    program.say("lines")
    program.wait_line("^second$")
    program.hang_up()
    assert program.wait() == 0
    assert claude.chats[1].json["messages"][0]["content"] is not None


def test_a_killed_program_leaves_a_ledger_that_adds_up(claude, start_program):
    gate = Gate()
    claude.enqueue(Reply("one two three", hold=gate, hold_after=1))
    write_settings(cloud("haiku", claude.url))
    program = start_program("ask", "a long question")
    gate.wait_reached()
    program.signal(9)
    program.wait()
    gate.open()
    used = json.loads(run("usage", "--json").stdout)
    assert used["reserved_usd"] == 0
    assert used["unknown_usd"] > 0
    assert json.loads(run("doctor", "--json").stdout)["version"]


def test_no_key_ever_shows_up_anywhere(claude, home):
    claude.key = "another"
    write_settings(cloud("haiku", claude.url))
    said = run("ask", f"my key is {KEY}", code=1)
    doctor = run("doctor", code=1)
    assert KEY not in said.stderr + doctor.stdout + doctor.stderr
    for path in (home / "compute-broker").rglob("*"):
        if path.is_file() and not path.name.startswith("ledger"):
            assert KEY not in path.read_text("utf-8", errors="replace"), path


def test_keys_without_a_keyring_are_refused_with_the_two_choices():
    done = run("keys", "set", "anthropic", stdin=f"{KEY}\n", code=2)
    assert "COMPUTE_BROKER_KEY_ANTHROPIC" in done.stderr
    assert KEY not in done.stderr


async def test_doctor_offers_a_server_that_no_tier_uses():
    with LMStudioDouble() as studio:
        port = int(studio.url.rsplit(":", 1)[1])
        write_settings()
        async with opened() as services:
            (finding,) = _servers(services, await discover([port]))
        assert studio.url in finding.todo
        write_settings(LOCAL.format(url=studio.url))
        async with opened() as services:
            assert _servers(services, await discover([port])) == []


def test_hardware_tells_what_is_here_what_could_run_and_why_the_rest_is_not():
    text = run("hardware").stdout
    assert "processor threads" in text
    assert "Electricity of local answers: " in text
    assert "at 4 bits fits" in text or "too little" in text
    assert "Apple graphics: not a Mac" in text or sys.platform == "darwin"
    found = json.loads(run("hardware", "--json").stdout)
    assert found["processor"]["memory_total"] > found["processor"]["memory_available"] > 0
    assert 0 <= found["processor"]["load"] <= 1
    assert all(each["reason"] for each in found["absent"])


def test_doctor_tells_of_this_machine():
    write_settings(LOCAL.format(url="http://127.0.0.1:9"))
    told = json.loads(run("doctor", "--json", code=1).stdout)["findings"]
    names = {finding["name"] for finding in told}
    assert {"machine", "power", "electricity of local answers", "could run", "not found"} <= names
    assert all(finding["ok"] for finding in told if finding["name"] in {"machine", "power", "not found"})


def test_nothing_of_hardware_and_power_is_loaded_before_somebody_wants_it():
    heavy = "psutil pynvml dbus_fast compute_broker.market.survey compute_broker.market.power.meter"
    code = f"""
import asyncio, sys
from compute_broker.compose import Services
async def main():
    services = Services()
    await services.start(probe=False)
    await services.market.refresh()
    await services.close()
asyncio.run(main())
print([name for name in "{heavy}".split() if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_what_if_reckons_the_past_anew_and_says_what_it_leaves(claude):
    write_settings(cloud("haiku", claude.url), cloud("opus", claude.url), head='baseline = "opus"')
    for prompt in ("Say hello", "Name a colour"):
        claude.enqueue(Reply("Hello.", usage=Tokens(input=1000, output=100)))
        run("ask", prompt)
    claude.enqueue(Reply("Hello.", usage=Tokens(input=1000, output=100)))
    run("ask", "--tier", "opus", "By hand")
    said = run("usage", "what-if", "--without", "haiku").stdout
    assert said.startswith("Without Claude Haiku, this month would have cost ")
    assert "2 of 2 requests would have gone elsewhere" in said
    assert "    2  Claude Haiku to Claude Opus  +" in said
    assert "1 request counts as it was: 1 whose tier was chosen by hand." in said
    found = json.loads(run("usage", "what-if", "--all-on", "opus", "--json").stdout)
    used = json.loads(run("usage", "--period", "month", "--json").stdout)
    assert found["spent_usd"] == used["spent_usd"]
    assert found["would_have_spent_usd"] == pytest.approx(used["spent_usd"] + used["saved_usd"])
    assert found["left_as_they_were"] == {}
    same = json.loads(run("usage", "what-if", "--mode", "0.5", "--json").stdout)
    assert same["would_have_spent_usd"] <= same["spent_usd"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "say what should have been otherwise"),
        (["--mode", "cheap"], "'cheap' is no mode: use thrifty"),
        (["--without", "gone"], "there is no tier 'gone'; there are "),
        (["--all-on", "builtin", "--mode", "best"], "--all-on leaves nothing to choose"),
    ],
)
def test_a_what_if_without_sense_says_what_would_have_some(arguments, sentence):
    assert sentence in run("usage", "what-if", *arguments, code=2).stderr
