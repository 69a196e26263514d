"""The entry of the frozen program: PyInstaller wants a script, not a module."""

from __future__ import annotations

import sys

from compute_broker.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
