"""Every text that a person reads goes through here, so that the program can speak another language.

``tr("Saved {amount}", amount=...)``: the English text is the key. Texts at the top of a module are looked up
when it is imported, so :func:`speak` comes first of all, and a change of language asks for a new start.
Catalogs are GNU gettext's: see docs/translating.md.
"""

from __future__ import annotations

import gettext
from collections.abc import Sequence
from pathlib import Path

DOMAIN = "compute-broker"

ENGLISH = "en"

_EXAMPLE = "1,234.5"
"""A catalog says with this number how its language writes numbers: 1.234,5."""

_catalog: gettext.NullTranslations = gettext.NullTranslations()
_language = ENGLISH


def speak(folder: Path, languages: Sequence[str]) -> str:
    """Take the first of ``languages`` that ``folder`` has a catalog for, and return its name.

    For ``pt_BR`` one for ``pt`` will do.
    Without one, or with English before it, the texts stay as they are and the name is ``en``.
    """
    for language in languages:
        if language.split("_")[0] in {ENGLISH, "C", "POSIX"}:
            break
        found = gettext.find(DOMAIN, str(folder), [language])
        if found is not None:
            with Path(found).open("rb") as file:
                use(gettext.GNUTranslations(file), language)
            return language
    use(gettext.NullTranslations())
    return ENGLISH


def use(catalog: gettext.NullTranslations, language: str = ENGLISH) -> None:
    """Take texts from ``catalog`` from now on, which is that of ``language``."""
    global _catalog, _language
    _catalog, _language = catalog, language


def spoken() -> str:
    """Return the name of the language in use: ``de_AT``, ``en``."""
    return _language


def tr(text: str, /, **values: object) -> str:
    """Return ``text`` in the person's language, its ``{names}`` filled in; ``{{`` is a brace.

    The key of the catalog is the text as it stands in the code.
    """
    found = _catalog.gettext(text) if text else ""  # gettext's answer to nothing is the catalog's header
    return found.format(**values) if values else found


def counted(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the form of a text that goes with ``count``, which it may name: ``{count} prompts``.

    Languages have other numbers of forms than English; the catalog knows which goes with which count.
    """
    return _catalog.ngettext(one, many, count).format(count=figure(f"{count:,}"), **values)


def figure(number: str) -> str:
    """Return a number as the person's language writes it: ``1,234.5`` as ``1.234,5``.

    What stands beside its digits, such as a unit, must have no comma and no point.
    """
    example = tr("1,234.5")
    if example == _EXAMPLE:
        return number
    return number.translate({ord(","): example[1:-5], ord("."): example[-2]})


def listed(names: Sequence[str]) -> str:
    """Return names in a row, as a sentence has them: ``Haiku, Sonnet and Opus``; at least one."""
    *before, last = names
    return tr("{several} and {last}", several=", ".join(before), last=last) if before else last


def within(title: str) -> str:
    """Return a title as it stands within a sentence: small in English, as it is in any other language."""
    return title.lower() if _language == ENGLISH else title


def begun(text: str) -> str:
    """Return ``text`` as a sentence begins, its first letter large."""
    return text[:1].upper() + text[1:]
