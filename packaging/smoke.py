"""Use the frozen program as a person would, in a home of its own: ask, look at the ledger, see the tray."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.request import Request, urlopen

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import pytest

from support.screen import NEEDED, real_screen

QUESTION = "What is the capital of France?"
TRAY_SECONDS = 20.0
QUIT_SECONDS = 10.0
WINDOWS = {"usage": "Usage", "history": "History", "settings": "Settings"}
"""Windows whose code is read when they are first opened, with their titles."""
GATEWAY_PORT = 4418
"""Not the usual one, where a person's own may listen."""


class SmokeError(Exception):
    """The frozen program failed; the text says at what."""


def _home_env(home: Path) -> dict[str, str]:
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "OPENBLAS_CORETYPE", "SYSTEMROOT")
    env = {name: os.environ[name] for name in kept if name in os.environ}
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    return {
        **env,
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(runtime),
        "COMPUTE_BROKER_HOME": str(home / "compute-broker"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }


def _run(program: Path, env: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        (str(program), *arguments), env=env, capture_output=True, text=True, timeout=120, check=False
    )
    if done.returncode != 0:
        raise SmokeError(
            f"`{' '.join(arguments)}` ended with {done.returncode}: {done.stderr.strip()[-2000:]}"
        )
    return done.stdout


def _expect(condition: object, what: str) -> None:
    if not condition:
        raise SmokeError(what)
    print(f"  {what}: yes")


def _check_ask(program: Path, env: Mapping[str, str], home: Path) -> None:
    tiers = json.loads(_run(program, env, "tiers", "--json"))
    builtin = next((tier["id"] for tier in tiers if tier["provider"] == "builtin"), None)
    _expect(builtin, "it has a built-in tier")
    answer = json.loads(_run(program, env, "ask", QUESTION, "--tier", str(builtin), "--json"))
    _expect("Paris" in answer["answer"], "the built-in tier answers")
    ledger = home / "usage.csv"
    _run(program, env, "export", str(ledger))
    with ledger.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    _expect(len(rows) == 1, "the ledger has one row for it")
    same = rows[0]["tier"] == builtin and int(rows[0]["output_tokens"]) == answer["output_tokens"]
    _expect(same, "the row names the tier and its tokens")


def _check_gateway(program: Path, env: Mapping[str, str]) -> None:
    given = {**env, "COMPUTE_BROKER_KEY_GATEWAY_TOKEN": "smoke"}
    command = (str(program), "gateway", "serve", "--port", str(GATEWAY_PORT))
    with subprocess.Popen(command, env=given, stderr=subprocess.PIPE, text=True) as serving:
        try:
            told = serving.stderr.readline() if serving.stderr else ""
            _expect("answered at" in told, "it listens for other programs")
            asked = Request(f"{told.split()[-1]}/models", headers={"x-api-key": "smoke"})  # noqa: S310 - our own
            with urlopen(asked, timeout=30) as answer:  # noqa: S310 - likewise
                names = [row["id"] for row in json.load(answer)["data"]]
            _expect("auto" in names, "it answers one that has the token")
            serving.send_signal(signal.SIGTERM)
            _expect(serving.wait(QUIT_SECONDS) == 0, "it stops when it is told to")
        finally:
            serving.kill()


def _check_tray(program: Path, env: Mapping[str, str]) -> None:
    with real_screen() as screen:
        screen.start_tray()
        started = time.monotonic()
        tray = subprocess.Popen((str(program),), env={**env, **screen.env})
        try:
            _expect(screen.wait_tray_icons(1, TRAY_SECONDS), "its icon comes up in the tray")
            print(f"  start to tray icon: {time.monotonic() - started:.2f} s")
            for window, title in WINDOWS.items():
                _run(program, {**env, **screen.env}, "open", window)
                _expect(screen.find_window(title, TRAY_SECONDS) is not None, f"{window} opens")
            tray.send_signal(signal.SIGTERM)
            _expect(tray.wait(QUIT_SECONDS) == 0, "it quits cleanly")
        finally:
            tray.kill()
            tray.wait()


def smoke(program: Path) -> None:
    """Use ``program`` for real.

    Raises:
        SmokeError: something a person would do does not work.
    """
    with tempfile.TemporaryDirectory(prefix="cb-smoke-") as folder:
        home = Path(folder)
        env = _home_env(home)
        version = _run(program, env, "--version").strip()
        _expect(version, f"it says its version ({version})")
        _check_ask(program, env, home)
        _check_gateway(program, env)
        if all(shutil.which(name) for name in NEEDED):
            try:
                _check_tray(program, env)
            except pytest.fail.Exception as error:
                raise SmokeError(str(error)) from error
        else:
            print("  no display tools here: the tray was not looked at")
