"""Collects the texts of the program for translators, and makes of their catalogs what the program reads.

    packaging/translations.py            the template anew, each catalog brought up to it and compiled
    packaging/translations.py --check    says what the template lacks or has too much; 1 when anything

Texts are the arguments of ``tr`` and ``counted`` in the code, and the remarks of the default settings file,
which the settings window shows.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from compute_broker.config.described import descriptions
from compute_broker.core.texts import DOMAIN

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "translations"
TEMPLATE = FOLDER / f"{DOMAIN}.pot"
KEYWORDS = {"tr": 1, "counted": 2}
"""How many of their first arguments are texts."""


def collect() -> Catalog:
    """Return all texts of the program, those of the code first."""
    catalog = Catalog(charset="utf-8")
    for path in sorted((ROOT / "app").rglob("*.py")):
        for message in texts_in(path.read_text("utf-8")):
            catalog.add(message)
    for remark in descriptions().values():
        catalog.add(remark)
    return catalog


def texts_in(source: str) -> Iterator[str | tuple[str, str]]:
    """Yield the literal texts that ``source`` has translated; of a counted one both forms."""
    for node in ast.walk(ast.parse(source)):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if name not in KEYWORDS:
            continue
        given = node.args[: KEYWORDS[name]]
        texts = [
            each.value for each in given if isinstance(each, ast.Constant) and isinstance(each.value, str)
        ]
        if len(texts) == KEYWORDS[name]:
            yield texts[0] if len(texts) == 1 else (texts[0], texts[1])


def write(catalog: Catalog, path: Path) -> None:
    """Write a catalog; the same texts give the same file."""
    with path.open("wb") as file:
        write_po(file, catalog, width=110, no_location=True, omit_header=path == TEMPLATE)


def read(path: Path) -> Catalog:
    """Read a catalog."""
    with path.open("rb") as file:
        return read_po(file)


def main() -> int:
    """Do what the arguments ask for."""
    catalog = collect()
    if "--check" in sys.argv[1:]:
        ours, theirs = ({message.id for message in each if message.id} for each in (catalog, read(TEMPLATE)))
        for text in sorted(ours ^ theirs, key=str):
            print(f"{'lacks' if text in ours else 'has too much'}: {text!r}")
        return int(ours != theirs)
    write(catalog, TEMPLATE)
    for path in FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po"):
        translated = read(path)
        translated.update(catalog, no_fuzzy_matching=True, update_creation_date=False)
        translated.obsolete.clear()
        write(translated, path)
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, translated)
    print(f"{len(catalog)} texts in {TEMPLATE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
