"""Start at login: the entry that a Linux desktop reads, there and gone, and a faithful command."""

from __future__ import annotations

import configparser
import shlex
import sys
from pathlib import Path

import pytest

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.desktop import at_login
from compute_broker.desktop.at_login import desktop_entry, start_at_login, starts_at_login

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="each system has its own entry")


def entry(home: Path) -> Path:
    return home / ".config" / "autostart" / "compute-broker.desktop"


def test_the_entry_comes_and_goes(home: Path) -> None:
    assert not starts_at_login()
    start_at_login(on=False)
    start_at_login(on=True)
    assert starts_at_login()
    parser = configparser.RawConfigParser()
    parser.read(entry(home), "utf-8")
    assert shlex.split(parser["Desktop Entry"]["Exec"]) == [sys.executable, "-m", "compute_broker"]
    start_at_login(on=False)
    assert not entry(home).exists()


def test_a_path_with_odd_characters_is_quoted_as_the_standard_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_login, "own_command", lambda: ["/opt/my apps/100%/py", 'a"b', "c$d\\e"])
    (line,) = [line for line in desktop_entry().splitlines() if line.startswith("Exec=")]
    assert line == 'Exec="/opt/my apps/100%%/py" "a\\\\"b" "c\\\\$d\\\\\\\\e"'


def test_a_folder_that_cannot_be_written_is_told(home: Path) -> None:
    (home / ".config" / "autostart").write_text("a file in the way", "utf-8")
    with pytest.raises(EnvironmentFaultError, match="cannot be written"):
        start_at_login(on=True)
    assert not starts_at_login()
