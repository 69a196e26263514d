"""The way in: the tray without arguments, the command line with some."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from typing import TextIO

from compute_broker.own_process import CODE_FLAG, ENGINE_FLAG, ERRAND_FLAG
from compute_broker.window_names import WINDOWS


def has_display() -> bool:
    """Return whether there is a screen to put a tray icon on."""
    if sys.platform in {"darwin", "win32"}:
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def is_fed(stream: TextIO | None) -> bool:
    """Return whether ``stream`` is a pipe or a file, so that a prompt may come out of it.

    A shortcut of the system that runs ``compute-broker ask`` has a terminal or nothing there.
    """
    try:
        mode = os.fstat(stream.fileno()).st_mode if stream is not None else 0
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)


def wanted_window(arguments: Sequence[str]) -> str | None:
    """Return the window that ``arguments`` ask for, empty for the icon alone; ``None`` if they do not."""
    match arguments:
        case []:
            return ""
        case ["glance"]:
            return "glance"
        case ["ask"]:
            return None if is_fed(sys.stdin) else "ask"
        case ["open", name] if name in WINDOWS:
            return name
    return None


def main() -> int:
    """Start what the arguments ask for and return the exit code.

    The engine's child and the tray are told apart before anything heavy is imported: the one must
    not pay for the other.
    """
    arguments = sys.argv[1:]
    if arguments[:1] == [ENGINE_FLAG]:
        from compute_broker.providers.builtin.child import run_child  # noqa: PLC0415 - its own process

        return run_child()
    if arguments == [CODE_FLAG]:
        from compute_broker.experiment.sandbox.child import run_child as run_code  # noqa: PLC0415 - likewise

        return run_code()
    from compute_broker.config.language import speak_as, speak_the_persons  # noqa: PLC0415 - likewise

    if arguments[:1] == [ERRAND_FLAG]:
        speak_as(arguments[1:])
        from compute_broker.errands import run_errand  # noqa: PLC0415 - its own process

        return run_errand()
    window = wanted_window(arguments)
    if window is not None and has_display():
        language = speak_the_persons()  # the command line stays in English: other programs read it
        from compute_broker.desktop.app import run  # noqa: PLC0415 - only the tray needs Qt

        return run(command=window, language=language)
    from compute_broker.cli.main import command_line  # noqa: PLC0415 - the tray does without click

    if not arguments:
        sys.stderr.write(
            "There is no display here, so this is the terminal: type a prompt and press Enter.\n"
        )
        arguments = ["terminal"]
    return command_line(arguments)


if __name__ == "__main__":
    sys.exit(main())
