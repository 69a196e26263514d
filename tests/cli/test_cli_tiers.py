"""``tiers test`` and ``tiers plan``, as a person uses them."""

from __future__ import annotations

import json

from broker.world import cloud, write_settings
from cli.test_cli import run
from doubles.anthropic_api import AnthropicDouble
from doubles.local_servers import VllmDouble


def test_a_server_is_tested_from_the_command_line():
    write_settings()
    with VllmDouble() as double:
        found = run("tiers", "test", double.url)
        assert found.stdout.startswith("vLLM answers with one model, Qwen/Qwen3-8B.")
        assert f"tiers add ID --provider vllm --model Qwen/Qwen3-8B --base-url {double.url}" in found.stdout
        report = json.loads(run("tiers", "test", double.url, "--json").stdout)
        assert (report["good"], report["provider"], report["models"]) == (True, "vllm", ["Qwen/Qwen3-8B"])
        double.key = "right"
        wanted = run("tiers", "test", double.url, code=1)
        assert wanted.stdout == "vLLM answers, but wants a key: enter it and test again.\n"
        assert (
            "There is no key 'office'" in run("tiers", "test", double.url, "--key", "office", code=2).stderr
        )


def test_how_a_plan_stands_is_told_and_what_was_used_elsewhere_is_entered():
    with AnthropicDouble() as double:
        plan = 'plan = { requests = 200, week_requests = 1000, then = "stop" }\n'
        write_settings(cloud("opus", double.url) + plan, cloud("haiku", double.url))
        told = run("tiers", "plan", "opus").stdout
        assert "window: 0 of 200 requests used, 100 % left, begins with its next prompt" in told
        entered = json.loads(run("tiers", "plan", "opus", "--used", "40%", "--json").stdout)
        assert [(each["name"], each["used"], each["percent_left"]) for each in entered["windows"]] == [
            ("window", 80, 60),
            ("week", 0, 100),
        ]
        assert (
            "week: 1,000 of 1,000 requests used, 0 % left"
            in run("tiers", "plan", "opus", "--window", "week", "--used", "1000").stdout
        )
        listed = {tier["id"]: tier for tier in json.loads(run("tiers", "--json").stdout)}
        assert listed["opus"]["plan"]["covers"] is False
        assert listed["opus"]["state"] in {"down", "needs_key"}
        assert listed["haiku"]["plan"] is None
        assert "has no plan" in run("tiers", "plan", "haiku", code=2).stderr
        assert "neither a share nor a number" in run("tiers", "plan", "opus", "--used", "much", code=2).stderr
