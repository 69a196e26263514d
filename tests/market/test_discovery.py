"""Finding the servers of this machine: each kind told apart, strangers left alone, nobody disturbed."""

from __future__ import annotations

import asyncio
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

from compute_broker.core.tier import ProviderKind
from compute_broker.market.discovery import discover
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.server import HttpDouble


class WebPage(HttpDouble):
    """Answers everything with a page and 200."""

    def is_chat(self, seen):
        return False

    async def handle(self, seen, out):
        await out.begin(200, {"content-type": "text/html"})
        await out.send(b"<html><body>ok</body></html>")
        await out.end()


class Plain(HttpDouble):
    """Lists models as OpenAI does and knows nothing else."""

    def is_chat(self, seen):
        return False

    async def handle(self, seen, out):
        if seen.path == "/v1/models":
            await out.json({"data": [{"id": "jan-nano"}]})
        else:
            await out.json({"error": "no"}, 404)


def port_of(double):
    return urlsplit(double.url).port


async def test_every_kind_is_told_apart_at_whatever_port():
    kinds = {
        LMStudioDouble: ProviderKind.LMSTUDIO,
        OllamaDouble: ProviderKind.OLLAMA,
        LlamaServerDouble: ProviderKind.LLAMA_SERVER,
        VllmDouble: ProviderKind.VLLM,
        Plain: ProviderKind.OPENAI,
    }
    with ExitStack() as stack:
        doubles = [stack.enter_context(kind()) for kind in kinds]
        stranger = stack.enter_context(WebPage())
        found = await discover([*(port_of(double) for double in doubles), port_of(stranger)])
        assert [item.kind for item in found] == list(kinds.values())
        assert all(item.models and item.note for item in found)
        for double, item in zip(doubles, found, strict=True):
            assert item.base_url.startswith(double.url)
            assert all(seen.method == "GET" and seen.token is None for seen in double.requests)


@pytest.mark.parametrize("double", [LMStudioDouble, LlamaServerDouble, VllmDouble])
async def test_a_server_that_wants_a_key_is_found_and_says_so(double):
    with double(key="secret") as server:
        (found,) = await discover([port_of(server)])
        assert "wants" in found.note
        assert found.models == ()


async def test_a_loading_server_is_found():
    with LlamaServerDouble() as server:
        server.loading = True
        (found,) = await discover([port_of(server)])
        assert "loading" in found.note


async def test_nobody_there_is_an_empty_list():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert await discover([free.getsockname()[1]]) == []


async def test_a_port_that_never_answers_does_not_hold_up_the_others():
    with socket.socket() as silent, OllamaDouble() as double:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        async with asyncio.timeout(5):
            found = await discover([silent.getsockname()[1], port_of(double)])
        assert [item.kind for item in found] == [ProviderKind.OLLAMA]
