"""What each setting means, in the words of the default file: written once, shown in the window too.

A remark may go on after ``·`` with what only whoever writes the file needs: how values are written, and where
to read on. In the window a control says that itself.
"""

from __future__ import annotations

import re
from functools import cache

from compute_broker.resources_path import resource

_HEAD = re.compile(r"^#? ?\[\[?([a-z_.]+)\]\]?\s*(?:# ?(.*))?$")
_SETTING = re.compile(r"^#? ?([a-z_]+) = (?:\"[^\"]*\"|\[[^\]]*\]|\{[^}]*\}|[^#\s]+)\s*(?:# ?(.*))?$")


def description(path: str) -> str:
    """Return what ``budget.daily.amount`` or ``tiers.watts`` means; empty where the file does not say.

    A setting without words of its own has those of its section.
    """
    return descriptions().get(path, "")


@cache
def descriptions() -> dict[str, str]:
    """Return the remarks of the default settings file by path, read once."""
    found: dict[str, str] = {}
    section = ""
    for line in resource("settings.default.toml").read_text("utf-8").splitlines():
        head, setting = _HEAD.match(line), _SETTING.match(line)
        if head:
            section = head[1]
            if head[2]:
                found[section] = _meaning(head[2])
        elif setting:
            path = f"{section}.{setting[1]}" if section else setting[1]
            words = _meaning(setting[2] or "") or found.get(section, "")
            if words and path not in found:
                found[path] = words
    return found


def _meaning(remark: str) -> str:
    return remark.partition("·")[0].strip()
