"""The gateway in the running program: off it costs nothing, trouble is told once, at quit all is settled."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PySide6.QtWidgets import QApplication, QMessageBox

from compute_broker.compose import Services
from compute_broker.config.edits import set_value
from compute_broker.config.home import Home
from compute_broker.desktop.app import make_loop
from compute_broker.desktop.shell import Shell
from compute_broker.desktop.single_instance import SingleInstance
from desktop_shell.test_shell_whole_way import rows
from desktop_windows.waiting import until
from doubles.lmstudio_api import LMStudioDouble
from doubles.script import Gate, Reply
from support.program import StartProgram, poll
from support.screen import XScreen

Drive = Callable[[Coroutine[Any, Any, Any]], Any]
DOUBLE = (sys.executable, str(Path(__file__).with_name("shell_double.py")))
TOKEN = "cb-canary-0123456789"
GIVEN = {"COMPUTE_BROKER_KEY_GATEWAY_TOKEN": TOKEN}
PROMPT = {
    "model": "local",
    "stream": True,
    "messages": [{"role": "user", "content": "Tell me of the sea"}],
}
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")


@pytest.fixture
def drive(qapp: QApplication) -> Drive:
    def run(work: Coroutine[Any, Any, Any]) -> Any:
        with asyncio.Runner(loop_factory=lambda: make_loop(qapp)) as runner:
            return runner.run(work)

    return run


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        port: int = holder.getsockname()[1]
        return port


def settings(port: int, *, double: LMStudioDouble | None = None) -> None:
    """Write the settings before the program starts: the gateway on, and one tier."""

    def change(document: Any) -> None:
        document["gateway"]["enabled"] = True
        document["gateway"]["port"] = port
        for block in [block for block in document["tiers"] if block["id"] != "local"]:
            document["tiers"].remove(block)
        document["baseline"] = "local"
        if double is not None:
            document["tiers"][0]["base_url"] = double.url

    Services().settings.update(change)


@asynccontextmanager
async def running_shell() -> AsyncIterator[Shell]:
    """Run the whole program in here, on real services and without a tray."""
    home = Home.find()
    home.prepare()
    home.welcomed.touch()
    (home.data / "told-about-no-tray").touch()
    instance = SingleInstance(home.data)
    assert instance.claim()
    shell = Shell(instance, Services)
    living = asyncio.create_task(shell.run(""))
    await until(lambda: shell._windows is not None and shell._programs is not None)
    try:
        yield shell
    finally:
        shell.quit()
        assert await living == 0


def said(shell: Shell) -> list[str]:
    """What the program said of other programs in boxes, as there is no tray."""
    boxes = [box for box in shell._dialogs if isinstance(box, QMessageBox)]
    return [box.text() for box in boxes if box.windowTitle() == "Other programs are not answered"]


def at(shell: Shell) -> str:
    assert shell._programs is not None
    return shell._programs.gateway.standing.address


async def ask(address: str, ended: asyncio.Event) -> None:
    """Ask as a program would, and read the answer to its end."""
    async with httpx2.AsyncClient(trust_env=False, timeout=30) as client:
        headers = {"authorization": f"Bearer {TOKEN}"}
        async with client.stream("POST", f"{address}/chat/completions", json=PROMPT, headers=headers) as got:
            assert got.status_code == 200
            async for _ in got.aiter_bytes():
                pass
    ended.set()


def test_the_icon_is_busy_while_a_program_is_answered(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(*next(iter(GIVEN.items())))
    gate, ended = Gate(), asyncio.Event()

    async def work() -> None:
        async with running_shell() as shell:
            await until(lambda: bool(at(shell)))
            assert not shell._tray._look.busy
            asking = asyncio.create_task(ask(at(shell), ended))
            await gate.reached()
            await until(lambda: shell._tray._look.busy)
            gate.open()
            await asyncio.wait_for(ended.wait(), 20)
            await until(lambda: not shell._tray._look.busy)
            await asking
            assert said(shell) == []

    with LMStudioDouble() as double:
        double.enqueue(Reply("The sea is wide and blue.", hold=gate))
        settings(free_port(), double=double)
        drive(work())


def test_a_port_that_is_taken_is_told_once_and_again_only_after_it_was_mended(drive: Drive) -> None:
    async def work(taken: int) -> None:
        async with running_shell() as shell:
            services = shell._services
            assert services is not None
            await until(lambda: bool(said(shell)))
            (sentence,) = said(shell)
            assert sentence.startswith(f"Port {taken} is taken by another program")
            services.settings.update(set_value("desktop.ticker", False))  # noqa: FBT003 - a setting's value
            free = free_port()
            services.settings.update(set_value("gateway.port", free))
            await until(lambda: at(shell) == f"http://127.0.0.1:{free}/v1")
            assert len(said(shell)) == 1
            services.settings.update(set_value("gateway.port", taken))
            await until(lambda: len(said(shell)) == 2)

    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        settings(holder.getsockname()[1])
        drive(work(holder.getsockname()[1]))


def test_while_the_settings_are_open_their_page_says_it_and_no_notification(drive: Drive) -> None:
    async def work(taken: int) -> None:
        async with running_shell() as shell:
            services, windows = shell._services, shell._windows
            assert services is not None
            assert windows is not None
            await until(lambda: bool(at(shell)))
            shell.do("settings")
            await windows.settled()
            assert windows.configuring
            assert windows._settings is not None
            page = windows._settings.programs
            services.settings.update(set_value("gateway.port", taken))
            await until(lambda: page.standing.text().startswith(f"Port {taken} is taken"))
            assert said(shell) == []

    with closing(socket.create_server(("127.0.0.1", 0))) as holder:
        settings(free_port())
        drive(work(holder.getsockname()[1]))


@pytest.mark.screen
def test_switched_off_nothing_of_a_server_is_loaded(
    bare_xscreen: XScreen, start_program: StartProgram
) -> None:
    env = {**bare_xscreen.env, "COMPUTE_BROKER_TEST_LOADED": "starlette uvicorn h11 keyring"}
    shell = start_program(env=env, command=DOUBLE)
    shell.wait_line("market watched")
    shell.signal(signal.SIGTERM)
    assert shell.wait() == 0
    assert "loaded: nothing" in shell.lines


@pytest.mark.screen
def test_quitting_while_a_program_is_answered_settles_its_request(
    bare_xscreen: XScreen, start_program: StartProgram, home: Path
) -> None:
    gate, port = Gate(), free_port()
    with LMStudioDouble() as double:
        double.enqueue(Reply("The sea is wide and blue.", hold=gate, hold_after=2))
        settings(port, double=double)
        program = start_program(env={**bare_xscreen.env, **GIVEN})
        poll(lambda: listens(port), 30.0)
        with httpx2.Client(trust_env=False, timeout=30) as client:
            headers = {"authorization": f"Bearer {TOKEN}"}
            url = f"http://127.0.0.1:{port}/v1/chat/completions"
            with client.stream("POST", url, json=PROMPT, headers=headers) as answer:
                lines = answer.iter_lines()
                while "The" not in next(lines):
                    pass
                program.signal(signal.SIGTERM)
                rest = to_the_end(lines)
        assert program.wait() == 0
    assert "data: [DONE]" not in rest, "the program knows that this is not all"
    (row,) = rows(home)
    assert (row["source"], row["status"]) == ("gateway", "cancelled")
    assert row["cost_usd"] != ""


def to_the_end(lines: Iterator[str]) -> list[str]:
    """Return what is still said, until the answer ends or breaks off."""
    rest: list[str] = []
    try:
        rest.extend(lines)
    except httpx2.RemoteProtocolError:
        rest.append("broke off")
    return rest


def listens(port: int) -> bool:
    with closing(socket.socket()) as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
