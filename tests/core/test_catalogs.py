"""Every catalog that is shipped says what the program says, in another language."""

from __future__ import annotations

import gettext
import os
import re
import subprocess
import sys
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from compute_broker.core import texts
from compute_broker.core.texts import DOMAIN, speak, tr

FOLDER = Path(__file__).parents[2] / "resources" / "translations"
CATALOGS = sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
MOST_MISSING = 0.02
"""The share of texts that a catalog may lack. Whoever changes a text need not speak every language, so a few
fall back to English until its translator comes by; more than one in fifty, and every window has some."""


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def english(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def forms(message: Message) -> list[str]:
    """What a message says in the other language: one text, or one for each kind of number."""
    return [message.string] if isinstance(message.string, str) else list(message.string)


def translated(catalog: Catalog) -> list[Message]:
    return [each for each in catalog if each.id and any(forms(each))]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


@pytest.fixture(autouse=True)
def english_again():
    yield
    texts.use(gettext.NullTranslations())


def test_there_is_a_german_catalog():
    assert "de" in {path.parts[-3] for path in CATALOGS}


@pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parts[-3])
class TestACatalog:
    def test_lacks_hardly_a_text_of_the_template(self, path):
        wanted = {english(each) for each in read(FOLDER / f"{DOMAIN}.pot") if each.id}
        missing = wanted - {english(each) for each in translated(read(path))}
        assert len(missing) <= MOST_MISSING * len(wanted), sorted(missing)

    def test_has_no_text_that_only_may_be_right(self, path):
        assert [each.id for each in read(path) if each.id and each.fuzzy] == []

    def test_has_a_form_for_every_kind_of_number_of_its_language(self, path):
        catalog = read(path)
        wrong = [
            each.id
            for each in translated(catalog)
            if not all(forms(each)) or len(forms(each)) != (catalog.num_plurals if each.pluralizable else 1)
        ]
        assert wrong == []

    def test_keeps_the_names_in_braces(self, path):
        wrong = [
            (each.id, text)
            for each in translated(read(path))
            for text in forms(each)
            if fields(text) != fields(each.id if isinstance(each.id, str) else each.id[1])
        ]
        assert wrong == []

    def test_keeps_the_spaces_and_the_line_breaks_at_the_ends(self, path):
        wrong = [
            (each.id, text)
            for each in translated(read(path))
            for text in forms(each)
            if edges(text) != edges(english(each))
        ]
        assert wrong == []

    def test_says_with_an_example_how_numbers_are_written(self, path):
        assert speak(FOLDER, [path.parts[-3]]) == path.parts[-3]
        assert re.fullmatch(r"1\D?234\D5", tr("1,234.5"))

    def test_is_read_by_the_program_as_it_was_written(self, path):
        """``make translations`` makes the file that the program reads."""
        catalog = read(path)
        with path.with_suffix(".mo").open("rb") as file:
            read_by_the_program = gettext.GNUTranslations(file)
        numbers = [
            next(n for n in range(1000) if read_by_the_program.plural(n) == form)
            for form in range(catalog.num_plurals)
        ]
        for each in translated(catalog):
            if isinstance(each.id, str):
                assert read_by_the_program.gettext(each.id) == each.string
            else:
                assert [read_by_the_program.ngettext(*each.id, n) for n in numbers] == forms(each)


def test_the_command_line_stays_in_english_wherever_it_is_run(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "compute_broker", "ask", "--tier", "nobody", "hello"],
        env={**os.environ, "LANGUAGE": "de", "COMPUTE_BROKER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "There is no tier 'nobody'" in done.stderr + done.stdout
