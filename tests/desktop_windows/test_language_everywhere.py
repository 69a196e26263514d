"""What a person reads can be in another language: all of it goes through one place."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

ROOT = Path(__file__).parents[2]


def found_in_windows(*how: str) -> dict[str, dict[str, str]]:
    """What the pseudo language finds wrong with each window."""
    command = (sys.executable, "-m", "support.pseudo_language", *how)
    done = subprocess.run(command, cwd=ROOT / "tests", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: found for name, found in json.loads(done.stdout).items() if found}


def test_every_word_of_every_window_is_in_the_language_chosen() -> None:
    assert found_in_windows() == {}


def test_from_the_right_every_label_stands_where_its_line_begins_or_ends() -> None:
    """Left to itself, Qt would have names in Latin letters and amounts on the left of their room."""
    assert found_in_windows("--from-the-right") == {}


def test_the_template_for_translators_has_every_text() -> None:
    """``make translations`` makes it anew."""
    command = (sys.executable, str(ROOT / "packaging" / "translations.py"), "--check")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every place in the program that has a text translated."""
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"tr", "counted"}
            ):
                yield f"{path.name}:{node.lineno}", node


def test_no_text_is_an_f_string_which_would_be_another_key_each_time() -> None:
    assert [place for place, call in calls() if isinstance(call.args[0], ast.JoinedStr)] == []


def test_every_name_in_braces_is_given_and_every_name_given_is_in_the_text() -> None:
    wrong = []
    for place, call in calls():
        texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
        given = {keyword.arg for keyword in call.keywords}
        for text in texts:
            named = {name for _, name, _, _ in Formatter().parse(text) if name} if given else set()
            if named - {"count"} != given - {"count"}:
                wrong.append(f"{place}: {text}")
    assert wrong == []
