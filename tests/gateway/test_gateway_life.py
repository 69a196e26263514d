"""The gateway's life: it follows the settings, keeps its token, and ends without losing a row."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys

import httpx2
import keyring
import openai
import pytest

from broker.test_cross_check import ALWAYS, HAIKU, OPUS, SONNET, SUM
from broker.world import cloud, world, write_settings
from compute_broker.config.edits import set_value
from compute_broker.config.gateway_settings import TOKEN_KEY
from compute_broker.config.keys import SERVICE
from compute_broker.gateway.gateway import Gateway
from compute_broker.ledger.ledger import Ledger
from compute_broker.ledger.records import Period
from doubles.anthropic_api import AnthropicDouble
from doubles.script import Gate, Reply
from gateway.front import HELLO, free_port, front, switched_on


async def told(gateway: Gateway, true) -> None:
    """Wait until the gateway tells that ``true()`` holds."""
    changed = asyncio.Event()
    stop = gateway.subscribe(changed.set)
    async with asyncio.timeout(20):
        while not true():
            changed.clear()
            await changed.wait()
    stop()


def status(url: str, token: str = "") -> int:
    """Return what a listing is answered with; raises when nobody listens."""
    return httpx2.get(f"{url}/models", headers={"authorization": f"Bearer {token}"}).status_code


async def test_it_follows_the_settings_and_its_token_stays(memory_keyring):
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            gateway, settings = it.gateway, it.services.settings
            first, token = gateway.standing.address, gateway.token
            assert keyring.get_password(SERVICE, TOKEN_KEY) == token
            assert token.encode() not in settings.path.read_bytes()
            await asyncio.to_thread(settings.update, set_value("gateway.port", free_port()))
            await told(gateway, lambda: gateway.standing.address not in {"", first})
            assert await asyncio.to_thread(status, gateway.standing.address, token) == 200
            with pytest.raises(httpx2.ConnectError):
                await asyncio.to_thread(status, first, token)
            second = gateway.standing.address
            await asyncio.to_thread(settings.update, set_value("gateway.enabled", False))  # noqa: FBT003 - a value
            await told(gateway, lambda: not gateway.standing.address)
            assert gateway.standing.problem == ""
            with pytest.raises(httpx2.ConnectError):
                await asyncio.to_thread(status, second, token)
        async with front(double.url) as it:
            assert it.gateway.token == token, "the next start has the same one"


async def test_a_new_token_shuts_out_who_has_the_old_one(memory_keyring):
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            old, address = it.gateway.token, it.gateway.standing.address
            await it.gateway.renew_token()
            assert it.gateway.token != old
            assert await asyncio.to_thread(status, address, old) == 401
            assert await asyncio.to_thread(status, address, it.gateway.token) == 200
            assert keyring.get_password(SERVICE, TOKEN_KEY) == it.gateway.token


async def test_without_a_keyring_the_token_holds_for_the_session_or_comes_from_the_environment(monkeypatch):
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            assert it.gateway.token.startswith("cb-")
            assert not it.gateway.standing.kept
            assert await asyncio.to_thread(status, it.gateway.standing.address, it.gateway.token) == 200
        monkeypatch.setenv("COMPUTE_BROKER_KEY_GATEWAY_TOKEN", "mine-alone")
        async with front(double.url) as it:
            assert it.gateway.token == "mine-alone"
            assert it.gateway.standing.kept


async def test_a_port_that_is_taken_is_told_and_the_next_one_taken(memory_keyring):
    with socket.create_server(("127.0.0.1", 0)) as stranger, AnthropicDouble() as double:
        port = stranger.getsockname()[1]
        home = write_settings(switched_on(port), cloud("haiku", double.url))
        async with world(home, anthropic="sk-test") as services:
            gateway = Gateway(services.broker, services.settings, services.keys)
            await gateway.start()
            try:
                assert gateway.standing.address == ""
                assert f"Port {port} is taken by another program" in gateway.standing.problem
                await asyncio.to_thread(services.settings.update, set_value("gateway.port", free_port()))
                await told(gateway, lambda: bool(gateway.standing.address))
                assert gateway.standing.problem == ""
            finally:
                await gateway.close()


@pytest.mark.parametrize("stream", [True, False])
async def test_what_is_under_way_when_it_ends_is_settled_and_told(memory_keyring, stream):
    gate = Gate()
    with AnthropicDouble() as double:
        async with front(double.url) as it:
            double.enqueue(Reply("one two three", hold=gate, hold_after=1))

            async def asked():
                answer = await it.openai.with_options(max_retries=0).chat.completions.create(
                    model="auto", messages=HELLO, stream=stream
                )
                return [chunk async for chunk in answer]

            asking = asyncio.create_task(asked())
            await gate.reached()
            await it.gateway.close()
            with pytest.raises(openai.APIError, match="stopped answering"):
                await asking
            gate.open()
            (row,) = await it.services.broker.history()
            assert row.status == "cancelled"
            assert (await it.services.broker.ledger.spend(Period.DAY)).reserved == 0
            assert (await it.services.broker.ledger.call(Ledger.verify)).ok


async def test_nothing_is_said_before_two_tiers_agree_or_a_third_decides(memory_keyring):
    with AnthropicDouble() as double:
        double.enqueue(Reply("Answer: 398"), model=HAIKU)
        double.enqueue(Reply("Answer: 408"), model=SONNET)
        double.enqueue(Reply("17 x 24.\nAnswer: 408"), model=OPUS)
        others = [cloud(name, double.url) for name in ("sonnet", "opus")]
        async with front(double.url, *others, head=ALWAYS) as it:
            asked = [{"role": "user", "content": SUM}]
            stream = await it.openai.chat.completions.create(model="auto", messages=asked, stream=True)
            chunks = [chunk async for chunk in stream]
            said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
            assert "398" not in said
            assert "408" in said
            assert chunks[-1].model_extra["compute_broker"]["tier"] == "opus"


def test_a_program_that_does_not_want_it_does_not_load_a_server():
    """The tray makes a gateway at each start, and few switch it on."""
    code = (
        "import sys, compute_broker.gateway.gateway\n"
        "print([name for name in ('uvicorn', 'starlette', 'h11', 'anyio') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.replace("'", '"')) == []
