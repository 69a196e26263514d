"""docs/trust.md names forty cases, and tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROWS = re.findall(r"^\| (\d+) \|(.*)\|$", (ROOT / "docs" / "trust.md").read_text("utf-8"), re.MULTILINE)


def test_all_forty_cases_are_there_once():
    assert [int(number) for number, _ in ROWS] == list(range(1, 41))


def test_every_test_that_is_named_exists():
    missing, named, file = [], 0, ""
    for _, row in ROWS:
        for found in re.finditer(r"(?:(\w+/test_\w+\.py)(?:::(\w+))?|`::(\w+)`)", row):
            file = found[1] or file
            name = found[2] or found[3]
            named += 1
            text = (ROOT / "tests" / file).read_text("utf-8")
            if name and f"def {name}(" not in text:
                missing.append(f"{file}::{name}")
    assert missing == []
    assert named > 50
