"""Starting ourselves again as a child: by the interpreter, or by the frozen program itself."""

from __future__ import annotations

import sys

ENGINE_FLAG = "--builtin-engine-child"
"""The hidden argument by which the program runs as the built-in engine's server."""

ERRAND_FLAG = "--errand"
"""The hidden argument by which the program runs one errand for the tray, before the language it speaks."""

CODE_FLAG = "--code-check-child"
"""The hidden argument by which a frozen program runs a stranger's code, as ``experiment.sandbox`` has it."""


def own_command(*arguments: str) -> list[str]:
    """Return the command that runs this program with one of the flags above, or as a person would."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *arguments]
    return [sys.executable, "-m", "compute_broker", *arguments]
