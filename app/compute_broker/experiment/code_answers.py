"""Code in an answer: found, run in the sandbox, and held against its tests."""

from __future__ import annotations

import re
import textwrap
from typing import Any

import msgspec

from compute_broker.experiment.check_kinds import Case, Code

_BLOCK = re.compile(
    r"^[ \t]*```[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE
)
_PYTHON = {"", "py", "python", "python3"}
_CLOSE = 1e-9


def run_code(kind: Code, answer: str) -> bool:
    """Return whether the code in ``answer`` passes all tests of ``kind``; with none that runs it does not.

    Raises:
        EnvironmentFaultError: this machine cannot run it safely.
    """
    from compute_broker.experiment.sandbox.runner import run_tests  # noqa: PLC0415 - only where code is run

    code = code_of(answer, kind.function)
    if not code.strip():
        return False
    ran = run_tests(code, kind.function, [_order(test) for test in kind.tests])
    if len(ran.tests) != len(kind.tests):
        return False
    return all(_passed(test, found) for test, found in zip(kind.tests, ran.tests, strict=True))


def code_of(answer: str, function: str) -> str:
    """Return the Python in an answer: its last block that defines ``function``, or the whole if unfenced."""
    blocks = [
        textwrap.dedent(body) for language, body in _BLOCK.findall(answer) if language.lower() in _PYTHON
    ]
    if not blocks:
        return "" if "```" in answer else answer
    defines = re.compile(rf"^(?:(?:async\s+)?def|class)\s+{function}\b|^{function}\s*[:=]", re.MULTILINE)
    return next((block for block in reversed(blocks) if defines.search(block)), blocks[-1])


def _order(test: str | Case) -> Any:
    return test if isinstance(test, str) else {"args": msgspec.to_builtins(test.args)}


def _passed(test: str | Case, found: dict[str, Any]) -> bool:
    if isinstance(test, str):
        return found.get("ok") is True
    return "value" in found and _equal(found["value"], test.expected)


def _equal(value: Any, expected: Any) -> bool:
    """Compare JSON values; true is not 1, and numbers may differ by rounding."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    if isinstance(value, (int, float)) and isinstance(expected, (int, float)):
        return value == expected or abs(value - expected) <= _CLOSE * max(1.0, abs(expected))
    if isinstance(value, list) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(_equal, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return value.keys() == expected.keys() and all(_equal(value[key], expected[key]) for key in value)
    return bool(value == expected)
