"""The real program as one command."""

from __future__ import annotations

import subprocess
import sys


def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    """Run the real program; return what it printed on both streams."""
    done = subprocess.run(
        [sys.executable, "-m", "compute_broker", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done
