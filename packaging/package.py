"""Build the frozen program and use it before calling it a build: `make package`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from smoke import SmokeError, smoke

ROOT = Path(__file__).resolve().parents[1]
DIST = ROOT / "dist"
PROGRAM = DIST / "compute-broker" / "compute-broker"


def build() -> None:
    """Run PyInstaller; its own log stays in build/."""
    shutil.rmtree(DIST, ignore_errors=True)
    spec = ROOT / "packaging" / "compute-broker.spec"
    folders = ("--distpath", str(DIST), "--workpath", str(ROOT / "build"))
    command = (sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", *folders, str(spec))
    subprocess.run(command, check=True)


def unresolved_libraries() -> list[str]:
    """Return the libraries that some file of the build wants and does not get (Linux)."""
    if sys.platform != "linux":
        return []
    missing: set[str] = set()
    for file in [PROGRAM, *PROGRAM.parent.rglob("*.so*")]:
        told = subprocess.run(("ldd", str(file)), capture_output=True, text=True, check=False).stdout
        missing |= {f"{line.split()[0]} ({file.name})" for line in told.splitlines() if "not found" in line}
    return sorted(missing)


def size_in_mb() -> int:
    """Return the size of the build in MB (10^6 bytes)."""
    files = (path for path in PROGRAM.parent.rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files) // 10**6


def main() -> int:
    """Build, check, use; tell what came out."""
    build()
    print(f"built {PROGRAM.parent.relative_to(ROOT)}, {size_in_mb()} MB")
    if missing := unresolved_libraries():
        print("the build lacks libraries that it was linked with: " + ", ".join(missing))
        return 1
    try:
        smoke(PROGRAM)
    except SmokeError as error:
        print(f"the frozen program does not work: {error}")
        return 1
    print("the frozen program works")
    return 0


if __name__ == "__main__":
    sys.exit(main())
