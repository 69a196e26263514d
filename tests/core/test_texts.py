"""All texts come from one place, in the person's language where there is a catalog for it."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import hypothesis.strategies as st
import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hypothesis import given

from compute_broker.config.language import chosen_language, system_languages
from compute_broker.core import texts
from compute_broker.core.money import english_usd, format_rate, format_usd, nanos_from_usd
from compute_broker.core.texts import begun, counted, figure, speak, tr, within

POLISH = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2;\\n"

msgid "Saved {amount}"
msgstr "Oszczędzono {amount}"

msgid "1,234.5"
msgstr "1\N{NO-BREAK SPACE}234,5"

msgid "${amount}"
msgstr "{amount} USD"

msgid "{count} prompt"
msgid_plural "{count} prompts"
msgstr[0] "{count} pytanie"
msgstr[1] "{count} pytania"
msgstr[2] "{count} pytań"
"""


@pytest.fixture(autouse=True)
def english_again():
    yield
    texts.use(texts.gettext.NullTranslations())


@pytest.fixture
def polish(tmp_path):
    folder = tmp_path / "translations" / "pl" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "compute-broker.mo").open("wb") as file:
        write_mo(file, read_po(BytesIO(POLISH.encode())))
    return tmp_path / "translations"


def test_without_a_catalog_texts_are_what_the_code_says():
    assert tr("Saved {amount}", amount="$1.00") == "Saved $1.00"
    assert tr("100 % {kept as it is}") == "100 % {kept as it is}"
    assert [counted("{count} prompt", "{count} prompts", n) for n in (1, 0, 2000)] == [
        "1 prompt",
        "0 prompts",
        "2,000 prompts",
    ]


def test_a_catalog_gives_its_own_words_and_its_own_plurals(polish):
    assert speak(polish, ["pl_PL", "pl"]) == "pl_PL"
    assert tr("Saved {amount}", amount="$1.00") == "Oszczędzono $1.00"
    assert [counted("{count} prompt", "{count} prompts", n) for n in (1, 3, 5)] == [
        "1 pytanie",
        "3 pytania",
        "5 pytań",
    ]
    assert tr("Not translated yet") == "Not translated yet"


def test_numbers_and_amounts_are_written_as_the_language_writes_them(polish):
    speak(polish, ["pl"])
    assert figure("1,234,567.25") == "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,25"
    assert counted("{count} prompt", "{count} prompts", 2000) == "2\N{NO-BREAK SPACE}000 pytań"
    assert [format_usd(nanos_from_usd(usd)) for usd in ("-1.24", "0.0031", "0.000001", "0")] == [
        "-1,24 USD",
        "0,31 ¢",
        "<0,001 ¢",
        "0,00 USD",
    ]
    assert format_rate(nanos_from_usd("0.0042")) == "0,0042 USD"
    assert (format_usd(None), english_usd(nanos_from_usd("1.24"))) == ("–", "$1.24")


@given(st.decimals(min_value=-1_000_000, max_value=1_000_000, places=9))
def test_in_english_an_amount_is_what_it_always_was(usd):
    nanos = nanos_from_usd(usd)
    assert format_usd(nanos) == english_usd(nanos)


def test_a_title_within_a_sentence_is_small_in_english_only(polish):
    assert (within("Price in"), begun("price in")) == ("price in", "Price in")
    speak(polish, ["pl"])
    assert within("Cena") == "Cena"


def test_english_before_a_language_with_a_catalog_stays_english(polish):
    assert speak(polish, ["en_GB", "en", "pl"]) == "en"
    assert tr("Saved {amount}", amount="x") == "Saved x"


def test_a_language_without_a_catalog_is_english(polish):
    assert speak(polish, ["xx", "qq"]) == "en"


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({"LANG": "de_AT.UTF-8"}, ["de_AT"]),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, ["C"]),
        ({"LANGUAGE": "pt_BR:es", "LANG": "en_US.UTF-8"}, ["pt_BR", "es"]),
        ({"LANG": "ca_ES@valencia"}, ["ca_ES"]),
    ],
)
def test_the_system_says_its_languages_as_gettext_reads_them(environment, names):
    assert list(system_languages(environment)) == names


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ('[desktop]\nlanguage = "pl"\n', "pl"),
        ('[desktop]\nlanguage = "system"\n', ""),
        ("[desktop]\n", ""),
        ("desktop = 3\n", ""),
        ("this is no TOML", ""),
    ],
)
def test_the_settings_may_choose_a_language(tmp_path, text, language):
    file = tmp_path / "settings.toml"
    file.write_text(text)
    assert chosen_language(file) == language
    assert chosen_language(tmp_path / "nothing") == ""


def test_qts_own_texts_and_the_side_lines_begin_on_follow():
    program = (
        "from compute_broker.desktop.app import make_application as make\n"
        "app = make('ar')\n"
        "print(app.layoutDirection().name, app.translate('QPlatformTheme', 'Cancel') != 'Cancel')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["RightToLeft", "True"]
