"""``gateway`` as a person uses it: in one terminal it serves, in another a program asks."""

from __future__ import annotations

import csv
import json
import signal

import httpx2
import pytest

from broker.world import cloud, write_settings
from cli.test_cli import run
from doubles.anthropic_api import AnthropicDouble
from gateway.front import HELLO, free_port, switched_on

TOKEN = "a-token-of-my-own"
ENV = {"COMPUTE_BROKER_KEY_GATEWAY_TOKEN": TOKEN, "ANTHROPIC_API_KEY": "sk-test"}


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_without_a_tray_until_it_is_told_to_end(start_program, tmp_path, ending):
    with AnthropicDouble() as double:
        write_settings(cloud("haiku", double.url))
        port = free_port()
        serving = start_program("gateway", "serve", "--port", str(port), env=ENV)
        url = serving.wait_line(r"answered at (http://127\.0\.0\.1:\d+/v1)")[1]
        assert url.endswith(f":{port}/v1")
        serving.wait_line("API key: compute-broker gateway token")
        answer = httpx2.post(
            f"{url}/chat/completions", json={"messages": HELLO}, headers={"x-api-key": TOKEN}, timeout=30
        )
        assert json.loads(answer.content)["choices"][0]["message"]["content"]
        serving.signal(ending)
        assert serving.wait() == 0
        out = tmp_path / "usage.csv"
        run("export", str(out))
        (row,) = csv.DictReader(out.read_text("utf-8-sig").splitlines())
        assert (row["source"], row["tier"], row["status"]) == ("gateway", "haiku", "answered")
        assert TOKEN not in "\n".join(serving.lines)


def test_a_port_that_is_taken_ends_it_with_a_sentence(start_program):
    with AnthropicDouble() as double:
        port = int(double.url.rpartition(":")[2])
        write_settings(cloud("haiku", double.url))
        told = run("gateway", "serve", "--port", str(port), code=1, env=ENV)
        assert f"Port {port} is taken by another program" in told.stderr


def test_the_token_is_told_and_without_a_keyring_what_to_do():
    assert run("gateway", "token", env=ENV).stdout == f"{TOKEN}\n"
    told = run("gateway", "token", code=2)
    assert "COMPUTE_BROKER_KEY_GATEWAY_TOKEN" in told.stderr
    assert told.stdout == ""


def test_the_first_token_is_kept_in_the_keyring(secret_service):
    first = run("gateway", "token", env=secret_service.env).stdout
    assert first.startswith("cb-")
    assert run("gateway", "token", env=secret_service.env).stdout == first


def test_doctor_says_whether_programs_are_answered(start_program):
    with AnthropicDouble() as double:
        port = free_port()
        write_settings(switched_on(port), cloud("haiku", double.url))
        assert "✗ gateway: no connection to 127.0.0.1" in run("doctor", env=ENV).stdout
        serving = start_program("gateway", "serve", env=ENV)
        serving.wait_line("answered at")
        assert (
            f"✓ gateway: answers other programs at http://127.0.0.1:{port}/v1"
            in run("doctor", env=ENV).stdout
        )
        other = {**ENV, "COMPUTE_BROKER_KEY_GATEWAY_TOKEN": "wrong"}
        assert "✗ gateway: " in run("doctor", env=other).stdout
