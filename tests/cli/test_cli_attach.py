"""``ask --attach``: the real program, real files, a double that looks at what came along."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.world import cloud, write_settings
from doubles.anthropic_api import AnthropicDouble
from doubles.images import images_of
from doubles.script import Reply
from support.pictures import png

KEY = "sk-canary-command-line-4712"


def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "compute_broker", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=90,
        env=dict(os.environ),
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def claude(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicDouble]:
    with AnthropicDouble(key=KEY) as double:
        monkeypatch.setenv("COMPUTE_BROKER_KEY_ANTHROPIC", KEY)
        yield double


def test_texts_and_images_go_along_with_a_prompt(claude: AnthropicDouble, tmp_path: Path) -> None:
    claude.enqueue(Reply("A grey field."))
    write_settings(cloud("haiku", claude.url))
    (tmp_path / "shot.png").write_bytes(png(300, 250))
    (tmp_path / "old.txt").write_bytes("größer".encode("cp1252"))
    files = ("--attach", str(tmp_path / "shot.png"), "--attach", str(tmp_path / "old.txt"))
    done = run("ask", "What is it?", *files)
    assert done.stdout == "A grey field.\n"
    assert "old.txt: read as Western European" in done.stderr
    (turn,) = claude.chats[0].json["messages"]
    assert images_of(claude.chats[0].json) == [png(300, 250)]
    said = turn["content"][-1]["text"]
    assert said.startswith("What is it?\n\n--- Attached file: old.txt ---\ngrößer\n--- End of old.txt ---")
    assert said.endswith("[image: shot.png, 300x250]")


def test_what_cannot_go_along_is_said_and_nothing_is_sent(claude: AnthropicDouble, tmp_path: Path) -> None:
    write_settings(cloud("haiku", claude.url))
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7")
    assert (
        "report.pdf is a PDF" in run("ask", "Sum up", "--attach", str(tmp_path / "report.pdf"), code=2).stderr
    )
    assert "gone.txt cannot be read: No such file" in run("ask", "x", "--attach", "gone.txt", code=2).stderr
    many = [part for _ in range(11) for part in ("--attach", "a.txt")]
    assert "At most 10 files" in run("ask", "x", *many, code=2).stderr
    assert claude.chats == []


def test_an_image_nobody_can_see_is_said(claude: AnthropicDouble, tmp_path: Path) -> None:
    write_settings('[[tiers]]\nid = "builtin"\nlabel = "Built-in"\nprovider = "builtin"\nmodel = "tiny"\n')
    (tmp_path / "shot.png").write_bytes(png())
    done = run("ask", "What is it?", "--attach", str(tmp_path / "shot.png"), code=1)
    assert "no tier that can see images can take it now" in done.stderr
