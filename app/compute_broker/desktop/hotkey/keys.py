"""Key combinations as a person writes them, and each key's number on each system."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from compute_broker.core.errors import PersonError
from compute_broker.core.texts import tr


class Modifier(StrEnum):
    """The keys to hold, in the order in which they are written."""

    CTRL = "Ctrl"
    ALT = "Alt"
    SHIFT = "Shift"
    META = "Meta"


@dataclass(frozen=True, slots=True)
class Key:
    """A key: X11 keysym (and its name for the Wayland portal), Windows virtual key, macOS key code."""

    name: str
    keysym: int
    xkb: str
    windows: int
    mac: int | None


@dataclass(frozen=True, slots=True)
class Combination:
    """Modifiers and one key. ``str()`` is the form kept in the settings: ``Ctrl+Alt+Space``."""

    modifiers: frozenset[Modifier]
    key: Key

    def __str__(self) -> str:
        """Return the canonical text."""
        return "+".join([*(modifier for modifier in Modifier if modifier in self.modifiers), self.key.name])


_MAC_LETTERS = dict(
    zip(
        "ASDFHGZXCVBQWERYTOUIPLJKNM",
        (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 31, 32, 34, 35, 37, 38, 40, 45, 46),
        strict=True,
    )
)
_MAC_DIGITS = dict(zip("1234657980", (18, 19, 20, 21, 22, 23, 26, 25, 28, 29), strict=True))
_MAC_F = (122, 120, 99, 118, 96, 97, 98, 100, 101, 109, 103, 111)

_NAMED = (
    Key("Space", 0x20, "space", 0x20, 49),
    Key("Tab", 0xFF09, "Tab", 0x09, 48),
    Key("Return", 0xFF0D, "Return", 0x0D, 36),
    Key("Backspace", 0xFF08, "BackSpace", 0x08, 51),
    Key("Delete", 0xFFFF, "Delete", 0x2E, 117),
    Key("Insert", 0xFF63, "Insert", 0x2D, None),
    Key("Home", 0xFF50, "Home", 0x24, 115),
    Key("End", 0xFF57, "End", 0x23, 119),
    Key("PageUp", 0xFF55, "Prior", 0x21, 116),
    Key("PageDown", 0xFF56, "Next", 0x22, 121),
    Key("Left", 0xFF51, "Left", 0x25, 123),
    Key("Up", 0xFF52, "Up", 0x26, 126),
    Key("Right", 0xFF53, "Right", 0x27, 124),
    Key("Down", 0xFF54, "Down", 0x28, 125),
    Key(",", 0x2C, "comma", 0xBC, 43),
    Key(".", 0x2E, "period", 0xBE, 47),
    Key("/", 0x2F, "slash", 0xBF, 44),
    Key(";", 0x3B, "semicolon", 0xBA, 41),
    Key("-", 0x2D, "minus", 0xBD, 27),
    Key("=", 0x3D, "equal", 0xBB, 24),
    Key("`", 0x60, "grave", 0xC0, 50),
    Key("\\", 0x5C, "backslash", 0xDC, 42),
    Key("[", 0x5B, "bracketleft", 0xDB, 33),
    Key("]", 0x5D, "bracketright", 0xDD, 30),
    Key("'", 0x27, "apostrophe", 0xDE, 39),
)
_LETTERS = tuple(Key(x, ord(x.lower()), x.lower(), ord(x), _MAC_LETTERS[x]) for x in sorted(_MAC_LETTERS))
_DIGITS = tuple(Key(x, ord(x), x, ord(x), _MAC_DIGITS[x]) for x in sorted(_MAC_DIGITS))
_FUNCTION = tuple(
    Key(f"F{n}", 0xFFBD + n, f"F{n}", 0x6F + n, _MAC_F[n - 1] if n <= len(_MAC_F) else None)
    for n in range(1, 25)
)
KEYS = {key.name.casefold(): key for key in (*_NAMED, *_LETTERS, *_DIGITS, *_FUNCTION)}
"""Every key that may end a combination, by its name in small letters."""

_ALIASES = {
    "pgup": "pageup",
    "pgdown": "pagedown",
    "enter": "return",
    "del": "delete",
    "ins": "insert",
    "plus": "=",
    "backtick": "`",
}
_MODIFIERS = {
    "ctrl": Modifier.CTRL,
    "control": Modifier.CTRL,
    "alt": Modifier.ALT,
    "option": Modifier.ALT,
    "shift": Modifier.SHIFT,
    "meta": Modifier.META,
    "super": Modifier.META,
    "win": Modifier.META,
    "cmd": Modifier.META,
    "command": Modifier.META,
}


def parse_combination(text: str) -> Combination:
    """Return what ``text`` means, in any case and with the names of any system.

    Raises:
        PersonError: it is no combination that can be grabbed; the text says what would be.
    """
    *held, last = [part.strip().casefold() for part in text.strip().split("+")]
    modifiers = set()
    for name in held:
        if name not in _MODIFIERS:
            raise PersonError(
                tr(
                    "{name} is no modifier; use Ctrl, Alt, Shift or Meta, as in Ctrl+Alt+Space.",
                    name=f"{name or '+'!r}",
                )
            )
        modifiers.add(_MODIFIERS[name])
    key = KEYS.get(_ALIASES.get(last, last))
    if key is None:
        raise PersonError(
            tr("{last} is no key for a hotkey; use a letter, a digit, F1 to F24 or Space.", last=f"{last!r}")
        )
    if not modifiers - {Modifier.SHIFT} and key not in _FUNCTION:
        raise PersonError(
            tr("{text} would take a key that you type with; add Ctrl, Alt or Meta.", text=text.strip())
        )
    return Combination(frozenset(modifiers), key)
