"""PySide6 does not read, and Python does not keep, the source of every module that comes after it."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import linecache
import compute_broker.desktop.app
import compute_broker.desktop.ask.window
print(sum(len(line) for _, _, lines, _ in linecache.cache.values() for line in lines))
"""


def test_no_source_text_is_kept_in_memory():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 0
