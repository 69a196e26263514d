"""Small readings from files of the kernel, which may be missing, empty, barred, or gone meanwhile."""

from __future__ import annotations

from pathlib import Path

_MOST_BYTES = 4096
_MOST = 2**63
"""The kernel counts with 64 bits; what is larger is no figure."""


def text_in(path: Path) -> str | None:
    """Return the stripped text of a file; ``None`` when there is none to be had."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace").strip()
    except OSError:
        return None
    return text or None


def number_in(path: Path) -> int | None:
    """Return the whole number from 0 to 2^63 in a file; ``None`` when there is no such thing in it."""
    text = text_in(path) or ""
    try:
        number = int(text, 16) if text.startswith("0x") else int(text)
    except ValueError:
        return None
    return number if 0 <= number <= _MOST else None


def share_in(path: Path) -> float | None:
    """Return the per cent from 0 to 100 in a file as a share; ``None`` when it holds no such figure."""
    number = number_in(path)
    return None if number is None or number > 100 else number / 100  # noqa: PLR2004 - per cent


def entries(folder: Path, pattern: str) -> list[Path]:
    """Return what matches in a folder, in order; nothing where there is no such folder."""
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        return []


def name_behind(link: Path) -> str:
    """Return the last part of where a link points, such as a driver's name; empty for a broken one."""
    try:
        return link.resolve(strict=True).name if link.is_symlink() else ""
    except (OSError, RuntimeError):  # gone, barred, or a circle
        return ""


def is_asleep(device: Path) -> bool:
    """Return whether the kernel has suspended a device: reading more of it would wake it."""
    return text_in(device / "power" / "runtime_status") in {"suspended", "suspending"}
