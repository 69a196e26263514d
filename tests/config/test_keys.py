"""Keys: the system keyring, this session, or the environment; never a file, a log or an error text."""

from __future__ import annotations

import logging

import pytest

from compute_broker.config.home import Home
from compute_broker.config.keys import KeyStore
from compute_broker.config.logs import start_log
from compute_broker.core.errors import NoKeyringError

CANARY = "sk-ant-canary-0123456789"


def test_without_a_keyring_the_choice_is_explicit():
    store = KeyStore()
    with pytest.raises(NoKeyringError, match="COMPUTE_BROKER_KEY_ANTHROPIC") as raised:
        store.set("anthropic", CANARY)
    assert CANARY not in str(raised.value)
    store.set("anthropic", CANARY, session_only=True)
    assert store.get("anthropic") == CANARY
    assert store.where("anthropic") == "this session only"
    assert KeyStore().get("anthropic") is None


def test_the_environment_is_the_other_choice(monkeypatch):
    monkeypatch.setenv("COMPUTE_BROKER_KEY_OPENROUTER", CANARY)
    store = KeyStore()
    assert store.get("openrouter") == CANARY
    assert store.where("openrouter") == "the environment variable COMPUTE_BROKER_KEY_OPENROUTER"


def test_a_key_never_reaches_the_log(home):
    where = Home.find()
    where.prepare()
    store = KeyStore()
    store.set("anthropic", "canary without a shape", session_only=True)
    stop = start_log(where.log, store.secrets)
    try:
        log = logging.getLogger("compute_broker.test")
        log.info("sent canary without a shape to nobody")
        try:
            raise ValueError(f"refused {CANARY}")  # noqa: TRY301 - the traceback is the point
        except ValueError:
            log.info("failed", exc_info=True)
    finally:
        stop()
    text = where.log.read_text("utf-8")
    assert "[hidden]" in text
    assert "canary" not in text


def test_a_real_secret_service_keeps_a_key_for_the_next_start_and_forgets_it_on_demand(secret_service):
    KeyStore().set("anthropic", CANARY)
    later = KeyStore()
    later.load(["anthropic", "openrouter"])
    assert later.get("anthropic") == CANARY
    assert later.where("anthropic") == "the system keyring"
    assert later.get("openrouter") is None
    assert later.problem is None
    later.delete("anthropic")
    assert KeyStore().get("anthropic") is None


def test_the_program_uses_the_key_that_the_keyring_keeps(secret_service, start_program):
    program = start_program("keys", "set", "anthropic", env=secret_service.env)
    program.say(CANARY)
    program.wait_line("is in the system keyring")
    assert program.wait() == 0
    shown = start_program("keys", "list", env=secret_service.env)
    shown.wait_line("anthropic: the system keyring")
    assert shown.wait() == 0
    assert CANARY not in "".join(program.lines + shown.lines)
