"""The log: small, rotating, with every secret taken out before a line is written."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable
from logging.handlers import RotatingFileHandler
from pathlib import Path

MAX_BYTES = 1_000_000
COPIES = 3

_KEY_SHAPES = re.compile(
    r"\b(sk-[A-Za-z0-9_-]{6,}|Bearer\s+[A-Za-z0-9._~+/=-]{6,}|eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9._-]+)"
)
_HIDDEN = "[hidden]"


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """Return ``text`` without the given secrets and without anything that looks like a key."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, _HIDDEN)
    return _KEY_SHAPES.sub(_HIDDEN, text)


class RedactingFormatter(logging.Formatter):
    """Formats a whole record, traceback included, and only then takes the secrets out."""

    def __init__(self, secrets: Callable[[], Iterable[str]]) -> None:
        """``secrets`` is asked at each line, since keys come and go."""
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """Return the line as it may be written."""
        return redact(super().format(record), self._secrets())


def start_log(path: Path, secrets: Callable[[], Iterable[str]]) -> Callable[[], None]:
    """Write our log to ``path`` from now on; return the way to stop. The same path twice is one log."""
    root = logging.getLogger("compute_broker")
    name = str(path)
    if any(handler.get_name() == name for handler in root.handlers):
        return lambda: None
    handler = RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=COPIES, encoding="utf-8", delay=True)
    handler.set_name(name)
    handler.setFormatter(RedactingFormatter(secrets))
    root.addHandler(handler)
    if root.level == logging.NOTSET:
        root.setLevel(logging.INFO)

    def stop() -> None:
        root.removeHandler(handler)
        handler.close()

    return stop
