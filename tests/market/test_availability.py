"""The questions to each kind of server: every state they can tell, and strangers who answer nonsense."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.builders import quote
from compute_broker.core.quote import Availability, State
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.availability import llama_server, vllm
from compute_broker.market.availability.answers import Asker
from compute_broker.market.availability.ask import _QUESTIONS, MOST_REQUESTS, probe
from compute_broker.net.client import make_client
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, OllamaModel, VllmDouble

WORDS = st.sampled_from(["llm", "loaded", "loading", ""])
NAMES = (
    *("data", "models", "id", "key", "name", "type", "state", "status", "value", "error", "message"),
    *("loaded_instances", "config", "context_length", "meta", "n_ctx", "max_model_len"),
    *("remote_host", "limit_remaining", "display_name"),
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(NAMES),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def tier_of(kind, url="http://127.0.0.1:9", *, model="*", place=Place.PERSONAL):
    return replace(quote("t", 1.0, None, provider=kind, base_url=url, place=place).tier, model=model)


async def look(tier, key=None):
    client = make_client()
    try:
        return await probe(tier, client, key)
    finally:
        await client.aclose()


class Scripted(Asker):
    """Answers every question with what it was given, by the end of the address."""

    def __init__(self, tier, answers):
        super().__init__(tier, None, "key")
        self.answers, self.asked = answers, []

    async def json(self, url, headers=None):
        self.asked.append(url)
        found = self.answers
        if isinstance(found, dict):
            found = next(answer for end, answer in self.answers.items() if url.endswith(end))
        return found

    async def text(self, url):
        self.asked.append(url)
        return ""


@given(
    st.sampled_from(sorted(_QUESTIONS)),
    st.sampled_from([200, 401, 404, 429, 500, 503]),
    ANYTHING,
    st.sampled_from(["*", "llm"]),
)
async def test_no_answer_whatever_breaks_a_question(kind, status, body, model):
    asker = Scripted(tier_of(kind, model=model), (status, body))
    seen = await _QUESTIONS[kind](asker)
    assert isinstance(seen, Availability)
    assert seen.reason
    assert seen.context_tokens is None or seen.context_tokens > 0
    assert len(asker.asked) <= MOST_REQUESTS.get(kind, 1)
    if status in {401, 500}:
        assert not seen.state.usable


async def test_a_web_page_on_the_port_is_no_model_server():
    for kind in _QUESTIONS:
        seen = await _QUESTIONS[kind](Scripted(tier_of(kind), (200, None)))
        assert (kind, seen.state) == (kind, State.DOWN)
        assert "does not answer like" in seen.reason


async def test_an_older_lm_studio_is_asked_the_old_way():
    with LMStudioDouble() as double:
        double.modern = False
        seen = await look(tier_of(ProviderKind.LMSTUDIO, double.url))
        assert (seen.state, seen.model, seen.context_tokens) == (State.READY, "qwen/qwen3.6-27b", 32_768)
        cold = await look(tier_of(ProviderKind.LMSTUDIO, double.url, model="qwen/qwen3-4b-2507"))
        assert cold.state is State.COLD
        assert double.loads == []


async def test_a_model_that_only_looks_local_is_not_taken_for_local():
    with OllamaDouble() as double:
        double.models = [OllamaModel("big", remote=True), OllamaModel("small:latest")]
        seen = await look(tier_of(ProviderKind.OLLAMA, double.url, model="big"))
        assert not seen.state.usable
        assert "not on this machine" in seen.reason
        named = await look(tier_of(ProviderKind.OLLAMA, double.url, model="big", place=Place.CLOUD))
        assert named.state is State.READY
        assert (await look(tier_of(ProviderKind.OLLAMA, double.url, model="small"))).state is State.COLD


async def test_ollamas_cloud_is_not_taken_for_local_under_another_providers_name():
    with OllamaDouble() as double, VllmDouble() as other:
        double.models = [OllamaModel("big:latest", remote=True), OllamaModel("small:latest")]
        names = [model.name for model in double.models]
        seen = [await look(tier_of(ProviderKind.OPENAI, double.url, model=name)) for name in names]
        assert [one.state for one in seen] == [State.NO_MODEL, State.READY]
        assert "Ollama's cloud" in seen[0].reason
        found = await look(tier_of(ProviderKind.OPENAI, other.url, model=other.model))
        assert found.state is State.READY


async def test_a_llama_server_with_every_slot_taken_is_busy():
    with LlamaServerDouble() as double:
        double.busy_slots = 1
        free = await look(tier_of(ProviderKind.LLAMA_SERVER, double.url))
        assert (free.state, free.context_tokens) == (State.READY, 8192)
        double.busy_slots = 2
        assert (await look(tier_of(ProviderKind.LLAMA_SERVER, double.url))).state is State.BUSY


async def test_a_sleeping_llama_server_is_not_woken_by_asking_for_slots():
    listing = {"data": [{"id": "m", "meta": None}]}
    asker = Scripted(
        tier_of(ProviderKind.LLAMA_SERVER),
        {"/v1/models": (200, listing), "/props?autoload=false": (200, {"is_sleeping": True})},
    )
    assert (await llama_server.ask(asker)).state is State.COLD
    assert not any("slots" in url for url in asker.asked)


@pytest.mark.parametrize(
    ("value", "state"),
    [
        ("loaded", State.READY),
        ("loading", State.LOADING),
        ("unloaded", State.COLD),
        ("sleeping", State.COLD),
        ("new-word", State.UNKNOWN),
    ],
)
async def test_a_router_is_asked_for_its_list_only(value, state):
    listing = {"data": [{"id": "m", "status": {"value": value}}]}
    asker = Scripted(tier_of(ProviderKind.LLAMA_SERVER, model="m"), {"/v1/models": (200, listing)})
    assert (await llama_server.ask(asker)).state is state
    assert len(asker.asked) == 1


async def test_a_vllm_with_a_queue_is_busy():
    with VllmDouble() as double:
        free = await look(tier_of(ProviderKind.VLLM, double.url))
        assert (free.state, free.context_tokens) == (State.READY, 32_768)
        double.waiting = 3
        busy = await look(tier_of(ProviderKind.VLLM, double.url))
        assert busy.state is State.BUSY
        assert busy.reason.startswith("3 prompts")


def test_metrics_are_read_by_name_whatever_their_labels():
    text = (
        "# TYPE vllm:num_requests_waiting gauge\n"
        'vllm:num_requests_waiting{engine="0",model_name="qwen3-8b"} 3.0\n'
        'vllm:num_requests_waiting{engine="1"} 1\nllamacpp:requests_deferred 0\nbroken line\nodd -.-e\n'
    )
    assert vllm.metric(text, "vllm:num_requests_waiting") == 4.0
    assert vllm.metric(text, "llamacpp:requests_deferred") == 0.0
    assert vllm.metric(text, "odd") is None
    assert vllm.metric("", "vllm:num_requests_waiting") is None
