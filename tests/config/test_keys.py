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
