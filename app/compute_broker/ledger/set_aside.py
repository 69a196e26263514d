"""A copy of a damaged ledger, kept before anything else is tried on it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path


def set_aside(path: Path) -> Path:
    """Copy the ledger and its write-ahead log to ``NAME.damaged-TIME``, and return the copy's path.

    The time is the file's last change, so that trying again makes no further copies.
    """
    changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    copy = path.with_name(f"{path.name}.damaged-{changed:%Y%m%dT%H%M%SZ}")
    if not copy.exists():
        for suffix in ("-wal", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                shutil.copy2(part, copy.with_name(copy.name + suffix))
    return copy
