"""Start at login, as each system has it: a file or an entry of the person's own, which is the only truth."""

from __future__ import annotations

import os
import plistlib
import sys
from pathlib import Path

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.texts import tr
from compute_broker.own_process import own_command

_NAME = "compute-broker"
_LABEL = "org.compute-broker"
_RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"


def starts_at_login() -> bool:
    """Return whether the system starts this program when the person logs in."""
    if sys.platform == "win32":
        return _windows_entry() is not None
    return _file().is_file()


def start_at_login(on: bool) -> None:  # noqa: FBT001 - it is the switch itself
    """Have the system start this program at login, or no longer.

    Raises:
        EnvironmentFaultError: it cannot be written; the text says where.
    """
    if sys.platform == "win32":
        _set_windows_entry(on)
        return
    path = _file()
    try:
        if on:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_launch_agent() if sys.platform == "darwin" else desktop_entry().encode())
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise EnvironmentFaultError(
            tr("{path} cannot be written: {strerror}", path=path, strerror=error.strerror)
        ) from error


def desktop_entry() -> str:
    """Return the entry for ``autostart`` (Desktop Entry Specification 1.5, Desktop Application Autostart)."""
    command = " ".join(map(_quoted, own_command()))
    lines = (
        "[Desktop Entry]",
        "Type=Application",
        "Name=Compute Broker",
        f"Exec={command}",
        f"Icon={_NAME}",
        "Terminal=false",
        "X-GNOME-Autostart-enabled=true",
    )
    return "\n".join(lines) + "\n"


def _quoted(argument: str) -> str:
    """Return an argument of ``Exec``: quoted where it must be, its per cent signs doubled."""
    argument = argument.replace("%", "%%")
    if argument and all(char.isalnum() or char in "-_./=+:," for char in argument.replace("%%", "")):
        return argument
    for char in '\\`$"':
        argument = argument.replace(char, f"\\{char}")
    # The value itself is unescaped once more when the file is read.
    return '"' + argument.replace("\\", "\\\\") + '"'


def _launch_agent() -> bytes:
    return plistlib.dumps({"Label": _LABEL, "ProgramArguments": own_command(), "RunAtLoad": True})


def _file() -> Path:
    if sys.platform == "darwin":
        return Path.home() / "Library" / "LaunchAgents" / f"{_LABEL}.plist"
    config = os.environ.get("XDG_CONFIG_HOME") or ""
    base = Path(config) if config.startswith("/") else Path.home() / ".config"
    return base / "autostart" / f"{_NAME}.desktop"


def _windows_entry() -> str | None:
    import winreg  # noqa: PLC0415 - there only

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:  # type: ignore[attr-defined]
            return str(winreg.QueryValueEx(key, _NAME)[0])  # type: ignore[attr-defined]
    except FileNotFoundError:
        return None


def _set_windows_entry(on: bool) -> None:  # noqa: FBT001 - it is the switch itself
    import subprocess  # noqa: PLC0415 - for its quoting
    import winreg  # noqa: PLC0415 - there only

    try:
        with winreg.CreateKey(winreg.HKEY_CURRENT_USER, _RUN_KEY) as key:  # type: ignore[attr-defined]
            if on:
                command = subprocess.list2cmdline(own_command())
                winreg.SetValueEx(key, _NAME, 0, winreg.REG_SZ, command)  # type: ignore[attr-defined]
            elif _windows_entry() is not None:
                winreg.DeleteValue(key, _NAME)  # type: ignore[attr-defined]
    except OSError as error:
        raise EnvironmentFaultError(
            tr("the registry cannot be written: {strerror}", strerror=error.strerror)
        ) from error
