"""Whatever is loaded: found without making a server load anything."""

from __future__ import annotations

import pytest

from compute_broker.core.errors import Fault
from compute_broker.core.tier import ANY_MODEL
from doubles.lmstudio_api import LMModel
from doubles.local_servers import OllamaModel
from doubles.script import Reply
from doubles.tiers import request_to, tier_at


@pytest.mark.parametrize("modern", [True, False], ids=["v1", "v0"])
async def test_lm_studios_loaded_model_is_asked(lmstudio, ask, modern) -> None:
    lmstudio.modern = modern
    lmstudio.models.reverse()
    answer = await ask(request_to(tier_at(lmstudio)))
    assert answer.end.served_model == "qwen/qwen3.6-27b"
    assert lmstudio.chats[0].json["model"] == "qwen/qwen3.6-27b"
    assert lmstudio.loads == []


async def test_an_instance_with_a_name_of_its_own_is_asked_by_it(lmstudio, ask) -> None:
    lmstudio.models = [LMModel("a/one"), LMModel("b/two", loaded=4096, instance="b/two:2")]
    await ask(request_to(tier_at(lmstudio)))
    assert lmstudio.chats[0].json["model"] == "b/two:2"


async def test_nothing_loaded_in_lm_studio_loads_nothing(lmstudio, ask) -> None:
    for model in lmstudio.models:
        model.loaded = 0
    fault = (await ask(request_to(tier_at(lmstudio)))).fault
    assert fault.fault is Fault.NOT_FOUND
    assert "load one in LM Studio" in str(fault)
    assert lmstudio.loads == lmstudio.chats == []


async def test_a_loaded_embedding_model_is_no_model_to_ask(lmstudio, ask) -> None:
    lmstudio.models = [LMModel("embed", loaded=2048, kind="embedding")]
    for modern in (True, False):
        lmstudio.modern = modern
        assert (await ask(request_to(tier_at(lmstudio)))).fault.fault is Fault.NOT_FOUND


async def test_lm_studio_wants_a_token(lmstudio, ask) -> None:
    lmstudio.key = "sk-lm-secret"
    fault = (await ask(request_to(tier_at(lmstudio)))).fault
    assert fault.fault is Fault.KEY_REFUSED
    assert "/api/v0/models" not in [seen.path for seen in lmstudio.requests]


async def test_another_model_than_the_one_asked_for_is_told(lmstudio, ask) -> None:
    """With one model loaded, LM Studio serves it under any name (facts/lmstudio, section 7)."""
    answer = await ask(request_to(tier_at(lmstudio, model="no/such-model")))
    assert answer.end.served_model == "qwen/qwen3.6-27b"


async def test_ollamas_running_model_is_asked(ollama, ask) -> None:
    ollama.models = [OllamaModel("small:1b"), OllamaModel("big:70b", loaded=True)]
    await ask(request_to(tier_at(ollama, model=ANY_MODEL)))
    assert ollama.chats[0].json["model"] == "big:70b"


async def test_with_nothing_running_ollama_takes_its_first_own_model(ollama, ask) -> None:
    ollama.models = [OllamaModel("x-cloud"), OllamaModel("remote", remote=True), OllamaModel("own:1b")]
    await ask(request_to(tier_at(ollama, model=ANY_MODEL), private=True))
    assert ollama.chats[0].json["model"] == "own:1b"


async def test_ollama_without_a_model_says_so(ollama, ask) -> None:
    ollama.models = [OllamaModel("remote", remote=True)]
    fault = (await ask(request_to(tier_at(ollama, model=ANY_MODEL)))).fault
    assert fault.fault is Fault.NOT_FOUND
    assert "ollama pull" in str(fault)


async def test_the_one_model_of_llama_server_and_vllm(llama, vllm, ask) -> None:
    for double in (llama, vllm):
        await ask(request_to(tier_at(double, model=ANY_MODEL)))
        assert double.chats[0].json["model"] == double.model


async def test_a_loading_llama_server_is_no_model_to_ask_yet(llama, ask) -> None:
    llama.loading = True
    fault = (await ask(request_to(tier_at(llama)))).fault
    assert fault.fault is Fault.OVERLOADED
    assert "Loading model" in str(fault)


async def test_llama_servers_router_is_asked_for_a_loaded_model(llama, ask, monkeypatch) -> None:
    rows = [
        {"id": "cold", "status": {"value": "unloaded"}},
        {"id": "coming", "status": {"value": "loading"}},
        {"id": "warm", "status": {"value": "loaded"}},
    ]
    monkeypatch.setattr(llama, "routes", lambda: {"/v1/models": {"data": rows}})
    await ask(request_to(tier_at(llama)))
    assert llama.chats[0].json["model"] == "warm"


JUNK = [[], {"data": "no"}, {"models": 3}, {"data": [1, {"id": None}]}, "text", {}]


@pytest.mark.parametrize("body", JUNK, ids=str)
async def test_a_listing_that_is_none_is_a_fault(llama, ask, monkeypatch, body) -> None:
    monkeypatch.setattr(llama, "routes", lambda: {"/v1/models": body})
    assert (await ask(request_to(tier_at(llama)))).fault.fault in {Fault.NOT_FOUND, Fault.MALFORMED}
    assert llama.chats == []


async def test_a_named_model_is_asked_for_without_a_listing(lmstudio, ask) -> None:
    lmstudio.enqueue(Reply("hi"))
    await ask(request_to(tier_at(lmstudio, model="qwen/qwen3.6-27b")))
    assert [seen.path for seen in lmstudio.requests] == ["/v1/chat/completions"]
