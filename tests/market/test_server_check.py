"""The test of a server's address: what answers, or what is wrong and what to do, against real servers."""

from __future__ import annotations

import asyncio
import socket
from urllib.parse import urlsplit

import pytest

from compute_broker.core.tier import Place, ProviderKind
from compute_broker.market.server_check import check_server
from compute_broker.net import transport
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.server import HttpDouble
from support.certificates import Authority

KINDS = [
    (LMStudioDouble, ProviderKind.LMSTUDIO, "LM Studio answers with 2 models, qwen/qwen3.6-27b among them."),
    (OllamaDouble, ProviderKind.OLLAMA, "Ollama answers with 2 models, qwen3:4b among them."),
    (
        LlamaServerDouble,
        ProviderKind.LLAMA_SERVER,
        "llama-server answers with one model, qwen3-8b-q4_k_m.gguf.",
    ),
    (VllmDouble, ProviderKind.VLLM, "vLLM answers with one model, Qwen/Qwen3-8B."),
]


class Page(HttpDouble):
    """A web program: a page with a title for everything."""

    def is_chat(self, seen):
        return False

    async def handle(self, seen, out):
        await out.begin(200, {"content-type": "text/html", "server": "nginx/1.27"})
        await out.send(b"<html><head><title>Router log-in</title></head></html>")
        await out.end()


class Listing(HttpDouble):
    """Lists models as OpenAI does, with a key if it has one, and knows nothing else."""

    models = ("gpt-oss-120b",)

    def is_chat(self, seen):
        return False

    async def handle(self, seen, out):
        if not seen.path.endswith("/v1/models"):
            await out.json({"error": "no"}, 404)
        elif self.key is not None and seen.token != self.key:
            await out.json({"error": {"message": "no key"}}, 401)
        else:
            await out.json({"data": [{"id": model} for model in self.models]})


@pytest.fixture
def authority(tmp_path, monkeypatch):
    """An authority that this test's machine trusts."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    transport._trust.cache_clear()
    yield made
    transport._trust.cache_clear()


async def check(address, key=None, **more):
    return await check_server(address, key, seconds=15.0, **{"ports": (), **more})


def port_of(double):
    return urlsplit(double.url).port


@pytest.mark.parametrize(("double", "kind", "sentence"), KINDS)
async def test_the_kind_is_found_out_and_the_models_are_told(double, kind, sentence):
    with double() as server:
        for address in (server.url, f"{server.url}/v1", f"127.0.0.1:{port_of(server)}"):
            report = await check(address)
            assert (report.good, report.found.kind, report.sentence) == (True, kind, sentence)
            assert report.found.models
        assert server.chats == []


@pytest.mark.parametrize("double", [LMStudioDouble, LlamaServerDouble, VllmDouble, Listing])
async def test_a_key_that_is_wanted_or_refused_is_told_and_a_good_one_works(double):
    with double(key="right") as server:
        wanted = await check(server.url)
        assert not wanted.good
        assert wanted.sentence.endswith("answers, but wants a key: enter it and test again.")
        refused = await check(server.url, "wrong-canary")
        assert "refuses this key" in refused.sentence
        assert "canary" not in refused.sentence
        good = await check(server.url, " right\n")
        assert good.good
        assert good.sentence.endswith(", and the key works.")


async def test_a_server_without_a_model_says_what_to_do():
    with LMStudioDouble() as studio, OllamaDouble() as ollama, Listing() as other:
        studio.models = []
        ollama.models = []
        other.models = ()
        for double in (studio, ollama, other):
            report = await check(double.url)
            assert not report.good
            assert "has no model" in report.sentence
        assert "ollama pull" in (await check(ollama.url)).sentence


async def test_a_server_that_is_loading_says_so():
    with LlamaServerDouble() as server:
        server.loading = True
        report = await check(server.url)
    assert report.sentence == "llama-server answers, and is still loading its model: test again in a minute."


async def test_a_wrong_port_is_told_with_the_right_one_of_the_same_machine():
    with VllmDouble() as right, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        wrong = free.getsockname()[1]
        report = await check(f"http://127.0.0.1:{wrong}", ports=(port_of(right), wrong))
        assert report.sentence.startswith(
            f"Nothing listens at port {wrong} of 127.0.0.1: check the port (LM Studio"
        )
        assert report.sentence.endswith(f" vLLM answers there at {right.url}.")


async def test_whatever_else_answers_is_named_by_what_it_looks_like():
    with Page() as page:
        report = await check(page.url)
    assert not report.good
    assert report.sentence.startswith(
        f'What answers at 127.0.0.1:{port_of(page)} is no model server but a web page called "Router log-in" '
        "(nginx/1.27): check the port"
    )


async def test_a_name_that_is_not_known_is_told():
    report = await check("https://gpu.office.invalid:8000")
    assert report.sentence == (
        "The name gpu.office.invalid is not known on this network: check its spelling, "
        "or write the address in numbers."
    )


async def test_a_machine_that_does_not_answer_is_told():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        report = await check_server(f"127.0.0.1:{port}", seconds=0.3, ports=())
    assert report.sentence == (
        f"127.0.0.1 does not answer at port {port}: is it on, and does a firewall let you through?"
    )


async def test_a_good_certificate_is_no_trouble(authority):
    server = VllmDouble(key="right")
    server.tls = authority.server()
    with server:
        assert (await check(server.url, "right")).sentence == (
            "vLLM answers with one model, Qwen/Qwen3-8B, and the key works."
        )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"signed_by_itself": True}, "is self-signed, so nobody vouches for it"),
        ({"days": -2}, "has expired: whoever runs the server has to renew it"),
        ({"name": "gpu.office.example"}, "is for another name than 127.0.0.1"),
    ],
)
async def test_a_bad_certificate_is_told_for_what_it_is(authority, logs, options, sentence):
    server = VllmDouble()
    server.tls = authority.server(**options)
    logs.allow("SSL")
    with server:
        report = await check(server.url)
    assert not report.good
    assert sentence in report.sentence
    assert server.requests == []


async def test_a_certificate_of_an_authority_that_is_not_known_is_told(authority, tmp_path, logs):
    (tmp_path / "other").mkdir()
    server = VllmDouble()
    server.tls = Authority(tmp_path / "other").server()
    logs.allow("SSL")
    with server:
        report = await check(server.url)
    assert "SSL_CERT_FILE" in report.sentence


async def test_http_where_tls_is_spoken_and_the_reverse_are_told(authority, logs):
    logs.allow("SSL")
    encrypted, plain = VllmDouble(), VllmDouble()
    encrypted.tls = authority.server()
    with encrypted, plain:
        report = await check(f"http://127.0.0.1:{port_of(encrypted)}")
        assert report.sentence == (
            f"127.0.0.1 expects encryption at port {port_of(encrypted)}: write https:// instead of http://."
        )
        report = await check(f"https://127.0.0.1:{port_of(plain)}")
        assert report.sentence.startswith(
            f"127.0.0.1 speaks without encryption at port {port_of(plain)}: write http://"
        )


@pytest.mark.parametrize(
    ("address", "place", "told"),
    [
        ("", None, "no web address"),
        ("ftp://10.0.0.5", None, "must begin with https:// or http://"),
        ("http://gpu.example.com", Place.CLOUD, "clear text"),
        ("http://169.254.169.254", None, "metadata"),
        ("https://user:secret@gpu.office.example", None, "must not contain a name or password"),
    ],
)
async def test_an_address_that_no_tier_may_have_is_refused_before_anything_is_sent(address, place, told):
    report = await check(address, place=place)
    assert not report.good
    assert told in report.sentence


async def test_a_test_that_is_called_off_leaves_nothing_open():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        testing = asyncio.create_task(check_server(f"127.0.0.1:{silent.getsockname()[1]}", ports=()))
        accepted, _ = await asyncio.to_thread(silent.accept)
        testing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await testing
        with accepted:
            while await asyncio.to_thread(accepted.recv, 4096):
                pass  # an empty read: the other side hung up
