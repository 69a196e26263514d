"""Nothing gets past the door: private prompts, bad addresses, missing keys, foreign proxies."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from contextlib import aclosing

import pytest

from compute_broker.core.errors import Fault, NoKeyringError, PersonError, ProviderError
from compute_broker.core.stream import StreamEnd, TextDelta, UsageSeen
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.core.usage import FinishReason, Usage
from compute_broker.net.client import open_client
from compute_broker.providers.call import Call
from compute_broker.providers.door import PrivacyError, ProviderDoor
from compute_broker.providers.ollama_cloud import CloudWatch
from doubles.anthropic_api import AnthropicDouble
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaModel, VllmDouble
from doubles.openrouter_api import OpenRouterDouble
from doubles.script import Failure, Gate, Raw, Reply, redirect
from doubles.tiers import request_to, tier_at

CLOUDY = [AnthropicDouble, OpenRouterDouble, VllmDouble]


@pytest.mark.parametrize("make", CLOUDY, ids=lambda make: make.__name__)
async def test_a_private_prompt_leaves_for_no_tier_elsewhere(make, start, ask) -> None:
    double = start(make)
    answer = await ask(request_to(tier_at(double), private=True))
    assert isinstance(answer.error, PrivacyError)
    assert isinstance(answer.error, PersonError)
    assert "nothing was sent" in str(answer.error)
    assert double.requests == []


LIARS = {
    "another machine": {"base_url": "http://192.0.2.7:1234"},
    "a public server": {"base_url": "https://llm.example.com"},
    "a name like ours": {"base_url": "http://localhost.example.com:1234"},
    "a user called localhost": {"base_url": "http://localhost@192.0.2.7:1234"},
    "an office server": {"place": Place.OFFICE},
    "a cloud model": {"model": "gpt-oss:120b-cloud"},
    "a cloud model by its tag": {"model": "glm-4.6:cloud"},
    "a cloud model in capitals": {"model": "GLM-4.6:Cloud"},
    "a hosted protocol": {"provider": ProviderKind.OPENROUTER},
}


@pytest.mark.parametrize("changes", LIARS.values(), ids=LIARS.keys())
async def test_no_tier_talks_its_way_around_privacy(lmstudio, ask, changes) -> None:
    answer = await ask(request_to(tier_at(lmstudio, **changes), private=True))
    assert isinstance(answer.error, PrivacyError)
    assert lmstudio.requests == []


async def test_a_tier_that_lies_about_itself_is_stopped_by_its_address(lmstudio, ask, monkeypatch) -> None:
    tier = tier_at(lmstudio, base_url="https://192.0.2.7")
    monkeypatch.setattr(type(tier), "on_this_machine", property(lambda self: True))
    answer = await ask(request_to(tier, private=True))
    assert isinstance(answer.error, PrivacyError)


async def test_an_adapter_that_goes_elsewhere_is_stopped_by_the_transport(lmstudio, ask, monkeypatch) -> None:
    """The last line: whatever composes the URL of a private request, the transport looks at it."""
    monkeypatch.setattr(
        "compute_broker.providers.openai_compat.openai_root", lambda kind, base_url: "https://192.0.2.7/v1"
    )
    answer = await ask(request_to(tier_at(lmstudio, model="m"), private=True))
    assert isinstance(answer.error, PrivacyError)
    assert "192.0.2.7 is not this machine" in str(answer.error)


async def test_localhost_that_leads_elsewhere_is_no_place_for_a_private_prompt(
    lmstudio, ask, monkeypatch
) -> None:
    async def poisoned(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("192.0.2.7", 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", poisoned)
    tier = tier_at(lmstudio, base_url=lmstudio.url.replace("127.0.0.1", "localhost"), model="m")
    answer = await ask(request_to(tier, private=True))
    assert isinstance(answer.error, PrivacyError)
    assert "leads to 192.0.2.7" in str(answer.error)
    assert lmstudio.requests == []


async def test_a_private_prompt_is_answered_on_this_machine(lmstudio, ask) -> None:
    assert (await ask(request_to(tier_at(lmstudio), "secret", private=True))).text == "You said: secret"


async def test_a_private_prompt_follows_no_redirect(lmstudio, start, ask) -> None:
    other = start(OpenRouterDouble)
    lmstudio.enqueue(redirect(other.url))
    assert (await ask(request_to(tier_at(lmstudio), private=True))).fault.fault is Fault.MALFORMED
    assert other.requests == []


async def test_ollamas_cloud_is_no_place_for_a_private_prompt(ollama, ask) -> None:
    ollama.models.append(OllamaModel("renamed:latest", remote=True))
    for model in ("renamed", "renamed:latest"):
        answer = await ask(request_to(tier_at(ollama, model=model), private=True))
        assert isinstance(answer.error, PrivacyError)
        assert "Ollama's cloud" in str(answer.error)
    assert ollama.chats == []
    assert (await ask(request_to(tier_at(ollama), private=True))).text
    assert (await ask(request_to(tier_at(ollama, model="renamed:latest")))).text


OTHER_NAMES = [ProviderKind.OPENAI, ProviderKind.LMSTUDIO, ProviderKind.VLLM, ProviderKind.LLAMA_SERVER]


@pytest.mark.parametrize("kind", OTHER_NAMES)
async def test_ollamas_cloud_is_found_behind_every_protocol(ollama, ask, kind) -> None:
    ollama.models.append(OllamaModel("Renamed:latest", remote=True))
    tier = tier_at(ollama, provider=kind, model="renamed")
    assert isinstance((await ask(request_to(tier, private=True))).error, PrivacyError)
    own = tier_at(ollama, provider=kind, model="llama3.2:1b")
    assert (await ask(request_to(own, "secret", private=True))).text == "You said: secret"
    assert [chat.json["model"] for chat in ollama.chats] == ["llama3.2:1b"]


async def test_the_first_listed_model_may_be_one_of_ollamas_cloud(ollama, ask) -> None:
    ollama.models = [OllamaModel("glm-4.6:cloud"), OllamaModel("own:1b")]
    tier = tier_at(ollama, provider=ProviderKind.OPENAI, model="*")
    assert isinstance((await ask(request_to(tier, private=True))).error, PrivacyError)
    assert ollama.chats == []


async def test_an_ollama_that_does_not_say_where_a_model_runs_gets_no_private_prompt(
    ollama, ask, monkeypatch
) -> None:
    routes = ollama.routes()
    for answer in (Failure(500, "api_error", "database is locked"), {"models": None}):
        monkeypatch.setattr(ollama, "routes", lambda answer=answer: {**routes, "/api/tags": answer})
        assert isinstance((await ask(request_to(tier_at(ollama), private=True))).error, ProviderError)
    other = tier_at(ollama, provider=ProviderKind.OPENAI)
    monkeypatch.setattr(ollama, "routes", lambda: {"/api/tags": Failure(500, "api_error", "locked")})
    assert isinstance((await ask(request_to(other, private=True))).error, ProviderError)
    assert ollama.chats == []


async def test_a_server_that_is_no_ollama_is_asked_once_a_minute(vllm) -> None:
    now = [0.0]
    watch = CloudWatch(lambda: now[0])
    tier = tier_at(vllm, place=Place.PERSONAL)
    async with await open_client(loopback_only=True) as client:
        call = Call(request_to(tier, private=True), tier.base_url, None, client)
        for moment, asked in ((0.0, 1), (59.0, 1), (61.0, 2)):
            now[0] = moment
            await watch.refuse_cloud_model(call, tier.model)
            assert [seen.path for seen in vllm.requests] == ["/api/tags"] * asked


@pytest.mark.parametrize("make", [AnthropicDouble, LMStudioDouble], ids=lambda make: make.__name__)
async def test_no_local_request_passes_through_a_proxy(make, start, ask, monkeypatch) -> None:
    double, proxy = start(make), start(LlamaServerDouble)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    assert (await ask(request_to(tier_at(double)))).text
    assert proxy.requests == []


BAD_ADDRESSES = [
    "http://169.254.169.254/latest",
    "http://[::ffff:169.254.169.254]/",
    "file:///etc/passwd",
    "http://llm.example.com",
    "https://user:word@llm.example.com",
    "",
]


@pytest.mark.parametrize("url", BAD_ADDRESSES)
async def test_a_bad_address_is_a_fault_of_its_tier_alone(openrouter, ask, url) -> None:
    fault = (await ask(request_to(tier_at(openrouter, base_url=url)))).fault
    assert fault.fault is Fault.UNREACHABLE
    assert "address" in str(fault)


@pytest.mark.parametrize("make", [AnthropicDouble, OpenRouterDouble], ids=lambda make: make.__name__)
async def test_a_name_that_leads_to_a_metadata_service_is_refused(make, start, ask, monkeypatch) -> None:
    async def metadata(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", ("169.254.169.254", 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", metadata)
    tier = tier_at(start(make), base_url="https://innocent.example")
    fault = (await ask(request_to(tier))).fault
    assert fault.fault is Fault.UNREACHABLE
    assert "metadata" in str(fault)


@pytest.mark.parametrize("key", [None, "", "  \n"])
async def test_without_its_key_a_tier_is_not_asked(anthropic, key) -> None:
    door = ProviderDoor(lambda name: key, None)
    with pytest.raises(ProviderError, match="has no key yet: enter it in Settings") as raised:
        await anext(door.stream(request_to(tier_at(anthropic))))
    assert raised.value.fault is Fault.KEY_REFUSED
    assert not raised.value.may_be_billed
    assert anthropic.requests == []
    await door.close()


@pytest.mark.parametrize("key", ["sk-canary\r\nHost: evil", "sk canary", "sk-canarü", "sk-\x00canary"])
@pytest.mark.parametrize("make", [AnthropicDouble, OpenRouterDouble], ids=lambda make: make.__name__)
async def test_a_key_that_is_no_key_never_shows_in_an_error(make, start, key) -> None:
    door = ProviderDoor(lambda name: key, None)
    double = start(make)
    with pytest.raises(ProviderError) as raised:
        await anext(door.stream(request_to(tier_at(double))))
    assert raised.value.fault is Fault.KEY_REFUSED
    assert "canar" not in str(raised.value)
    assert double.requests == []
    await door.close()


async def test_a_key_is_trimmed_as_people_paste_it(anthropic) -> None:
    door = ProviderDoor(lambda name: "  sk-pasted\n", None)
    async with aclosing(door.stream(request_to(tier_at(anthropic)))) as events:
        assert [event async for event in events]
    assert anthropic.chats[0].token == "sk-pasted"
    await door.close()


async def test_a_locked_keyring_is_a_fault_of_the_tier_not_of_the_prompt(anthropic, lmstudio) -> None:
    def locked(name: str) -> str:
        raise NoKeyringError("the keyring is locked: unlock it")

    door = ProviderDoor(locked, None)
    with pytest.raises(ProviderError, match="the keyring is locked") as raised:
        await anext(door.stream(request_to(tier_at(anthropic))))
    assert raised.value.fault is Fault.KEY_REFUSED
    async with aclosing(door.stream(request_to(tier_at(lmstudio)))) as events:
        assert [event async for event in events]
    await door.close()


@pytest.mark.parametrize(
    "make", [AnthropicDouble, OpenRouterDouble, LMStudioDouble], ids=lambda make: make.__name__
)
@pytest.mark.parametrize("how", ["401", "echo", "stream"])
async def test_the_key_is_in_no_error_and_no_log(make, how, start, ask, caplog) -> None:
    caplog.set_level(logging.DEBUG, logger="compute_broker")
    double, key = start(make), "sk-canary-0123456789abcdef"
    echo = f'{{"error": {{"message": "bad key {key} or {key[:10]}****", "type": "invalid_request_error"}}}}'
    items = {
        "401": Raw(401, {"content-type": "application/json"}, (echo.encode(),)),
        "echo": Raw(400, {"content-type": "application/json"}, (echo.encode(),)),
        "stream": Reply("a", error_after=0, error={"message": f"no {key}", "type": "api_error"}),
    }
    double.enqueue(items[how])
    fault = (await ask(request_to(tier_at(double, key_name="any")))).fault
    assert double.chats[0].token == key
    seen = f"{fault} {fault!r} {fault.__cause__!r} {caplog.text}"
    assert "canary" not in seen


class Engine:
    """Stands for the built-in engine."""

    def __init__(self) -> None:
        self.closed = self.left = False

    async def stream(self, request):
        try:
            yield UsageSeen(Usage(3, 0))
            yield TextDelta("tiny ")
            yield TextDelta("words")
            yield StreamEnd(FinishReason.STOP, Usage(3, 2))
        finally:
            self.left = True

    async def close(self) -> None:
        self.closed = True


def builtin_tier(lmstudio):
    return tier_at(lmstudio, provider=ProviderKind.BUILTIN, base_url="", model="tiny")


async def test_the_built_in_engine_answers_private_prompts_through_the_same_door(lmstudio) -> None:
    engine = Engine()
    door = ProviderDoor(lambda name: None, engine)
    async with aclosing(door.stream(request_to(builtin_tier(lmstudio), private=True))) as events:
        kinds = [type(event) async for event in events]
    assert kinds == [UsageSeen, TextDelta, TextDelta, StreamEnd]
    await door.close()
    assert engine.closed


async def test_leaving_early_closes_the_built_in_stream(lmstudio) -> None:
    engine = Engine()
    door = ProviderDoor(lambda name: None, engine)
    async with aclosing(door.stream(request_to(builtin_tier(lmstudio)))) as events:
        await anext(events)
    assert engine.left
    await door.close()


async def test_without_an_engine_the_built_in_tier_says_so(lmstudio, ask) -> None:
    assert (await ask(request_to(builtin_tier(lmstudio)))).fault.fault is Fault.UNREACHABLE


async def test_cancelling_the_task_hangs_up(anthropic, openrouter, door) -> None:
    for double in (anthropic, openrouter):
        gate = Gate()
        double.enqueue(Reply("one two", hold=gate, hold_after=1))

        async def listen(double=double) -> None:
            async with aclosing(door.stream(request_to(tier_at(double)))) as events:
                async for _ in events:
                    pass

        task = asyncio.create_task(listen())
        await gate.reached()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await double.chats[0].hung_up()


async def test_cancelling_before_the_answer_begins_hangs_up(openrouter, door) -> None:
    gate = Gate()
    openrouter.enqueue(Raw(200, {"content-type": "text/event-stream"}, (gate,)))
    task = asyncio.create_task(anext(door.stream(request_to(tier_at(openrouter)))))
    await gate.reached()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await openrouter.chats[0].hung_up()


async def test_the_door_serves_others_after_one_was_cut(openrouter, ask) -> None:
    for _ in range(3):
        openrouter.enqueue(Reply("a b c", cut_after=1), Reply("whole"))
        assert (await ask(request_to(tier_at(openrouter)))).fault.fault is Fault.CUT_OFF
        assert (await ask(request_to(tier_at(openrouter)))).text == "whole"


async def test_warming_up_sends_nothing(openrouter, anthropic, door, ask) -> None:
    for kind in ProviderKind:
        await door.warm_up(kind)
    assert openrouter.requests == anthropic.requests == []
    assert (await ask(request_to(tier_at(openrouter)))).text


async def test_a_tier_with_an_own_server_and_no_key_name_sends_none(anthropic, ask) -> None:
    anthropic.enqueue(Reply("hi"))
    tier = dataclasses.replace(tier_at(anthropic), key_name=None)
    assert (await ask(request_to(tier))).text == "hi"
    assert anthropic.chats[0].token is None
