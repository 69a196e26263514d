"""Colours for code: Pygments' tokens as runs of text in the theme's colours."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QTextCharFormat

from compute_broker.desktop.colours import Colours

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType


def warm() -> None:
    """Import what highlighting needs (60 ms): for a worker thread, before the first code comes."""
    import pygments.lexers  # noqa: PLC0415 - see above
    import pygments.token  # noqa: F401, PLC0415 - likewise

    lexer_for("python")


Line = list[tuple[str, QTextCharFormat]]


def runs(code: str, language: str, colours: Colours, font: QFont) -> Iterator[Line]:
    """Yield, line by line, the runs of ``code`` with their formats. An unknown language is plain."""
    plain = _format(colours.text, font)
    lexer = lexer_for(language)
    if lexer is None:
        yield from ([(line, plain)] for line in code.split("\n"))
        return
    line: Line = []
    styles: dict[_TokenType, QTextCharFormat] = {}
    for token, value in lexer.get_tokens(code):
        style = styles.get(token) or styles.setdefault(token, _format(_colour(token, colours), font))
        first, *others = value.split("\n")
        line.append((first, style))
        for text in others:
            yield line
            line = [(text, style)]
    if any(text for text, _ in line):
        yield line


@lru_cache(maxsize=64)
def lexer_for(language: str) -> Lexer | None:
    """Return the lexer of a fence's language, or ``None``. Newlines are kept as they are."""
    if not language:
        return None
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - 60 ms that only code needs
    from pygments.util import ClassNotFound  # noqa: PLC0415 - likewise

    try:
        return get_lexer_by_name(language.split(maxsplit=1)[0].lower(), stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None


def _colour(token: _TokenType, colours: Colours) -> str:
    from pygments.token import Comment, Keyword, Name, Number, Operator, String  # noqa: PLC0415 - as in warm

    by_kind = (
        (Comment, colours.muted),
        (Keyword.Constant, colours.warn),
        (Number, colours.warn),
        (Keyword, colours.series[2]),
        (Operator.Word, colours.series[2]),
        (String, colours.good),
        (Name.Function, colours.accent),
        (Name.Class, colours.accent),
        (Name.Decorator, colours.accent),
        (Name.Tag, colours.accent),
        (Name.Builtin, colours.accent),
        (Name.Attribute, colours.accent),
    )
    # A token type is the tuple of its ancestors' names: a kind contains what begins with it.
    return next((colour for kind, colour in by_kind if token[: len(kind)] == kind), colours.text)


def _format(colour: str, font: QFont) -> QTextCharFormat:
    style = QTextCharFormat()
    style.setFont(font)
    style.setForeground(QColor(colour))
    return style
