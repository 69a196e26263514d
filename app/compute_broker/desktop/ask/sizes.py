"""How wide the person made the window, screen by screen, between starts of the program.

A small file of its own in the data folder: no setting, and nothing to lose but a width.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from PySide6.QtGui import QScreen

_log = logging.getLogger(__name__)

FILE = "window-sizes.json"
LEAST, MOST = 360, 4000
"""Device-independent pixels; what lies outside is no width that anybody chose."""
_MOST_SCREENS = 20


class Sizes:
    """The widths, by screen. Reading and writing block: do both in a worker thread."""

    def __init__(self, folder: Path, window: str) -> None:
        """Know nothing yet; ``window`` is the window's name in the file."""
        self._path = folder / FILE
        self._window = window
        self._widths: dict[str, int] = {}

    def width_on(self, screen: str) -> int | None:
        """Return the width chosen on ``screen``, else the latest chosen on any; ``None`` for none."""
        if screen in self._widths:
            return self._widths[screen]
        return next(reversed(self._widths.values()), None)

    def note(self, screen: str, width: int) -> None:
        """Remember a width; :meth:`save` writes it."""
        self._widths.pop(screen, None)
        self._widths[screen] = width
        while len(self._widths) > _MOST_SCREENS:
            del self._widths[next(iter(self._widths))]

    def load(self) -> None:
        """Read the file; one that is not there or makes no sense is as good as empty. Blocks."""
        read = _read(self._path).get(self._window)
        found = read if isinstance(read, dict) else {}
        told = dict(self._widths)
        self._widths = {
            str(name): width
            for name, width in found.items()
            if isinstance(width, int) and LEAST <= width <= MOST
        }
        self._widths.update(told)

    def save(self) -> None:
        """Write the file, whole or not at all; that it cannot be written costs nobody anything. Blocks."""
        content = {**_read(self._path), self._window: dict(self._widths)}
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps(content, indent=1), "utf-8")
            fresh.replace(self._path)
        except OSError as error:
            _log.info("the window's size was not kept: %s", error)


def screen_key(screen: QScreen) -> str:
    """Return what a screen is remembered by: its name and its size."""
    size = screen.geometry().size()
    return f"{screen.name()} {size.width()}x{size.height()}"


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
