"""Writing a report: ``report.html`` for people, ``report.json`` for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.experiment.report.page import page


def write(folder: Path, report: Mapping[str, Any], *, most_prompts: int | None = None) -> tuple[Path, Path]:
    """Write both files into ``folder``, readable by their owner alone, and return page and JSON.

    Raises:
        EnvironmentFaultError: they cannot be written; a report that was there before is still whole.
    """
    files = {
        folder / "report.html": page(report, most_prompts=most_prompts),
        folder / "report.json": json.dumps(report, ensure_ascii=False, indent=1) + "\n",
    }
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, content in files.items():
            fresh = path.with_suffix(path.suffix + ".new")
            fresh.touch(mode=0o600)
            fresh.write_bytes(content.encode("utf-8", "replace"))
            fresh.replace(path)
    except OSError as error:
        raise EnvironmentFaultError(f"the report cannot be written to {folder}: {error.strerror}") from error
    html, data = files
    return html, data
