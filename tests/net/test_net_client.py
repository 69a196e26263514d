"""The client: no redirects, no proxies for what is near, bounded bodies, and nothing heavy at import."""

from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import threading
import zlib
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.net import transport
from compute_broker.net.address import AddressError
from compute_broker.net.client import get_json, make_client, open_client
from compute_broker.net.destination import PrivacyError, judge_destination
from compute_broker.net.transport import proxy_for
from doubles.openrouter_api import OpenRouterDouble
from doubles.script import Gate, Raw, gzip_bomb, redirect

JSON = {"content-type": "application/json"}
CHAT = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
KEY = {"authorization": "Bearer k"}


@pytest.fixture
def double() -> Iterator[OpenRouterDouble]:
    with OpenRouterDouble() as running:
        yield running


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with make_client() as own:
        yield own


async def post(client: httpx2.AsyncClient, double: OpenRouterDouble) -> httpx2.Response:
    return await client.post(f"{double.url}/chat/completions", json=CHAT, headers=KEY)


def test_importing_the_room_imports_nothing_heavy() -> None:
    code = (
        "import sys, compute_broker.net.address, compute_broker.net.client, compute_broker.net.sse,"
        " compute_broker.providers.door;"
        "print({'httpx2', 'anthropic', 'anyio', 'pydantic', 'keyring'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


async def test_a_redirect_is_handed_back_and_not_followed(client, double) -> None:
    double.enqueue(redirect(f"{double.origin}/elsewhere", 302))
    assert (await post(client, double)).status_code == 302
    assert len(double.requests) == 1


@pytest.mark.parametrize("size", [0, 1, 100_000])
async def test_gzip_is_unpacked(client, double, size) -> None:
    body = b"x" * size
    packed = gzip.compress(body)
    double.enqueue(Raw(200, {**JSON, "content-encoding": "gzip"}, (packed[:7], packed[7:])))
    response = await post(client, double)
    assert response.content == body
    assert double.requests[0].headers["accept-encoding"] == "gzip"


ODD = {
    "brotli": ("br", b"\x0b\x02\x80hello\x03"),
    "deflate": ("deflate", zlib.compress(b"hello")),
    "twice": ("gzip, gzip", gzip.compress(gzip.compress(b"hello"))),
    "no gzip": ("gzip", b"hello"),
    "broken": ("gzip", gzip.compress(b"hello" * 100)[:12] + b"\x00" * 30),
}


@pytest.mark.parametrize(("coding", "body"), ODD.values(), ids=ODD.keys())
async def test_other_packing_is_a_clear_fault(client, double, coding, body) -> None:
    double.enqueue(Raw(200, {**JSON, "content-encoding": coding}, (body,)))
    with pytest.raises(ProviderError) as raised:
        await post(client, double)
    assert raised.value.fault is Fault.MALFORMED


@pytest.mark.parametrize(
    ("status", "kind", "limit"),
    [
        (200, "application/json", "MAX_BODY_BYTES"),
        (200, "text/html", "MAX_BODY_BYTES"),
        (200, "text/event-stream", "MAX_STREAM_BYTES"),
        (404, "text/event-stream", "MAX_ERROR_BYTES"),
    ],
)
async def test_every_body_has_its_limit(client, double, monkeypatch, status, kind, limit) -> None:
    monkeypatch.setattr(transport, limit, 100_000)
    double.enqueue(Raw(status, {"content-type": kind}, (b"x" * 60_000,) * 2))
    with pytest.raises(ProviderError, match="and was cut off"):
        await post(client, double)
    double.enqueue(Raw(status, {"content-type": kind}, (b"x" * 50_000,) * 2))
    assert len((await post(client, double)).content) == 100_000


async def test_a_bomb_is_stopped_for_whoever_reads_it(client, double) -> None:
    double.enqueue(gzip_bomb())
    with pytest.raises(ProviderError, match="more than 16 MiB"):
        await post(client, double)


async def test_json_is_fetched_with_its_status(client, double) -> None:
    status, body = await get_json(client, f"{double.url}/models")
    assert status == 200
    assert body["data"] == double.models
    assert await get_json(client, f"{double.url}/nothing", headers=KEY) == (
        404,
        {"error": {"code": 404, "message": "Not Found"}, "user_id": "user_double"},
    )


async def test_what_is_no_json_is_none(client, monkeypatch) -> None:
    with OpenRouterDouble() as double:
        monkeypatch.setattr(double, "handle", lambda seen, out: out.raw(Raw(200, {}, (b"<html>",))))
        assert await get_json(client, double.url) == (200, None)


async def test_a_listing_that_never_comes_times_out(client, double, monkeypatch) -> None:
    gate = Gate()
    monkeypatch.setattr(double, "handle", lambda seen, out: gate.passed())
    with pytest.raises(ProviderError, match=r"did not answer in 0\.1 s") as raised:
        await get_json(client, double.url, seconds=0.1)
    assert raised.value.fault is Fault.TIMED_OUT
    await double.requests[0].hung_up()


async def test_a_private_client_leaves_the_machine_for_nobody(double) -> None:
    async with make_client(loopback_only=True) as client:
        assert (await client.get(f"{double.url}/models")).status_code == 200
        for url in ("https://192.0.2.1/", "https://host.example/", "http://192.168.1.20:8000/"):
            with pytest.raises(PrivacyError, match="nothing was sent"):
                await client.get(url)


async def test_where_a_name_leads_is_judged_before_connecting(monkeypatch) -> None:
    found = ""

    async def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (found, 0))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    for found in ("169.254.169.254", "fe80::1%eth0", "::ffff:10.0.0.1", "0.0.0.0"):  # noqa: B007 - resolve reads it
        with pytest.raises(AddressError):
            await judge_destination("https://name.example", loopback_only=False)
    for found in ("8.8.8.8", "2606:4700::1111"):  # noqa: B007 - resolve reads it
        await judge_destination("https://name.example", loopback_only=False)
        with pytest.raises(ProviderError, match="use https"):
            await judge_destination("http://name.example", loopback_only=False)
    for found in ("10.0.0.1", "192.168.1.1", "fd12::1", "127.0.0.1"):  # noqa: B007 - resolve reads it
        await judge_destination("http://name.example", loopback_only=False)


PROXIES = [
    ("https://api.example.com", "http://proxy.example:3128"),
    ("https://8.8.8.8", "http://proxy.example:3128"),
    ("https://skipped.example.com", None),
    ("http://127.0.0.1:1234", None),
    ("http://localhost:1234", None),
    ("http://[::1]:1234", None),
    ("http://192.168.1.20", None),
    ("https://10.0.0.1", None),
    ("https://gpu-box", None),
    ("https://gpu.local", None),
]


@pytest.mark.parametrize(("url", "proxy"), PROXIES)
def test_the_proxy_of_the_environment_is_for_the_internet(monkeypatch, url, proxy) -> None:
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "skipped.example.com")
    assert proxy_for(url) == proxy


async def test_a_proxy_is_really_used_for_the_internet(client, double, monkeypatch) -> None:
    monkeypatch.setenv("https_proxy", double.origin)
    with pytest.raises(httpx2.ProxyError):
        await client.get("https://api.example.com/v1", headers=KEY)
    assert double.requests[0].method == "CONNECT"
    assert double.requests[0].path == "api.example.com:443"
    assert "authorization" not in double.requests[0].headers


async def test_a_socks_proxy_is_refused_in_words(client, monkeypatch) -> None:
    monkeypatch.setenv("all_proxy", "socks5://user:word@proxy.example:1080")
    with pytest.raises(ProviderError, match=r"proxy\.example:1080 is no http proxy") as raised:
        await client.get("https://api.example.com")
    assert "word" not in str(raised.value)


async def test_without_readable_certificates_clear_text_on_this_machine_goes_on(double, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent.pem")
    transport._trust.cache_clear()
    async with make_client() as client:
        assert (await get_json(client, f"{double.url}/models"))[0] == 200
        with pytest.raises(ProviderError, match=r"SSL_CERT_FILE, which names /nonexistent\.pem") as raised:
            await get_json(client, "https://127.0.0.1:9/")
        assert raised.value.fault is Fault.UNREACHABLE
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(ProviderError, match=r"127\.0\.0\.1:9, nothing listens there") as raised:
            await get_json(client, "https://127.0.0.1:9/")
        assert raised.value.nobody_there


async def test_a_client_is_made_beside_the_loop(monkeypatch) -> None:
    made_in = []
    monkeypatch.setattr(
        "compute_broker.net.client.make_client", lambda **_: made_in.append(threading.current_thread())
    )
    await open_client()
    assert made_in != [threading.main_thread()]


async def test_a_client_follows_nothing_and_trusts_no_environment(client) -> None:
    assert client.follow_redirects is False
    assert client.trust_env is False
