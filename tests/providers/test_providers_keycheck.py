"""What the Test button says."""

from __future__ import annotations

import pytest

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.tier import Place, ProviderKind
from compute_broker.providers.keycheck import check_key


async def refused(kind: ProviderKind, key: str | None, url: str) -> ProviderError:
    with pytest.raises(ProviderError) as raised:
        await check_key(kind, key, url)
    assert "canary" not in str(raised.value)
    return raised.value


async def test_a_working_anthropic_key(anthropic) -> None:
    anthropic.key = "sk-ant-canary"
    said = await check_key(ProviderKind.ANTHROPIC, "sk-ant-canary", anthropic.url)
    assert said == "The key works: Anthropic offers 3 models."
    assert anthropic.chats == []


async def test_a_wrong_anthropic_key(anthropic) -> None:
    anthropic.key = "right"
    error = await refused(ProviderKind.ANTHROPIC, "sk-canary-wrong", anthropic.url)
    assert error.fault is Fault.KEY_REFUSED
    assert "check it in Settings" in str(error)


async def test_a_working_openrouter_key_tells_what_is_left(openrouter) -> None:
    said = await check_key(ProviderKind.OPENROUTER, " sk-or-canary\n", openrouter.url)
    assert said == "The key works; it has no limit of its own beyond the account's balance."
    openrouter.key_info["limit_remaining"] = 12.5
    said = await check_key(ProviderKind.OPENROUTER, "sk-or-canary", openrouter.url)
    assert said == "The key works: $12.50 left of its limit."
    assert openrouter.requests[0].token == "sk-or-canary"


async def test_a_wrong_openrouter_key(openrouter) -> None:
    openrouter.key = "right"
    assert (await refused(ProviderKind.OPENROUTER, "sk-canary", openrouter.url)).fault is Fault.KEY_REFUSED


@pytest.mark.parametrize("key", [None, "", " "])
async def test_a_hosted_provider_wants_a_key(openrouter, key) -> None:
    assert "no key yet" in str(await refused(ProviderKind.OPENROUTER, key, openrouter.url))
    assert openrouter.requests == []


@pytest.mark.parametrize("modern", [True, False])
async def test_lm_studio_tells_what_is_loaded(lmstudio, modern) -> None:
    lmstudio.modern = modern
    said = await check_key(ProviderKind.LMSTUDIO, None, lmstudio.url)
    assert said == "LM Studio answers: 3 models, 1 loaded."
    assert "authorization" not in lmstudio.requests[0].headers


async def test_lm_studio_with_a_token(lmstudio) -> None:
    lmstudio.key = "sk-lm-canary"
    assert (await check_key(ProviderKind.LMSTUDIO, "sk-lm-canary", lmstudio.url)).startswith("LM Studio")
    error = await refused(ProviderKind.LMSTUDIO, "sk-lm-canary-wrong", lmstudio.url)
    assert error.fault is Fault.KEY_REFUSED


async def test_the_other_local_servers(ollama, llama, vllm) -> None:
    assert await check_key(ProviderKind.OLLAMA, None, ollama.url) == "Ollama answers with 2 models."
    llama.key = "word"
    said = await check_key(ProviderKind.LLAMA_SERVER, "word", llama.url)
    assert said == "The key works: llama-server answers with 1 model."
    assert "vLLM answers" in await check_key(ProviderKind.VLLM, None, vllm.url, Place.OFFICE)


async def test_another_server_at_the_address_is_noticed(ollama, openrouter) -> None:
    for kind, double in (
        (ProviderKind.LMSTUDIO, ollama),
        (ProviderKind.ANTHROPIC, openrouter),
        (ProviderKind.OPENROUTER, ollama),
    ):
        error = await refused(kind, "k", double.url)
        assert error.fault in {Fault.MALFORMED, Fault.NOT_FOUND}


async def test_nobody_there(openrouter) -> None:
    error = await refused(ProviderKind.OPENROUTER, "k", "http://127.0.0.1:9")
    assert error.fault is Fault.UNREACHABLE
    assert "nothing listens there" in str(error)


@pytest.mark.parametrize("url", ["http://169.254.169.254", "http://openrouter.ai", "ftp://x"])
async def test_a_bad_address_is_not_tried(url) -> None:
    assert (await refused(ProviderKind.OPENROUTER, "k", url)).fault is Fault.UNREACHABLE
