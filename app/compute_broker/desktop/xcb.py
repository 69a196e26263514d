"""The little of the X protocol that Qt does not offer: a key grab, the active window, giving it back.

Spoken through libxcb by ctypes on a connection of our own: an error comes back as a value instead of
ending the process as Xlib's would, and Qt's connection is left alone. libxcb is there wherever Qt's X11
plugin runs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_uint8, c_uint16, c_uint32, c_void_p
from dataclasses import dataclass

from compute_broker.core.texts import tr

KEY_PRESS, KEY_RELEASE, CLIENT_MESSAGE, MAPPING_NOTIFY = 2, 3, 33, 34
_BAD_ACCESS = 10
_SUBSTRUCTURE = 0x180000  # SubstructureNotify | SubstructureRedirect: where window managers listen
_ASYNC = 1


class XError(Exception):
    """The X server refused; ``taken`` when another program already has what was asked for."""

    def __init__(self, message: str, *, taken: bool = False) -> None:
        """Keep the sentence and whether somebody else was first."""
        super().__init__(message)
        self.taken = taken


class _Cookie(Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


class _Failure(Structure):
    _fields_ = (("response_type", c_uint8), ("code", c_uint8), ("sequence", c_uint16))


class _Setup(Structure):
    _fields_ = (("data", POINTER(c_uint32)), ("rem", c_int), ("index", c_int))


class _KeyEvent(Structure):
    _fields_ = (
        ("response_type", c_uint8),
        ("detail", c_uint8),
        ("sequence", c_uint16),
        ("time", c_uint32),
        *((name, c_uint32) for name in ("root", "event", "child")),
        *((name, ctypes.c_int16) for name in ("root_x", "root_y", "event_x", "event_y")),
        ("state", c_uint16),
        ("same_screen", c_uint8),
        ("pad", c_uint8),
    )


class _ClientMessage(Structure):
    _fields_ = (
        ("response_type", c_uint8),
        ("format", c_uint8),
        ("sequence", c_uint16),
        ("window", c_uint32),
        ("type", c_uint32),
        ("data", c_uint32 * 5),
    )


class _ValueReply(Structure):
    """A reply of one 32 bit value: an atom, or the owner of a selection."""

    _fields_ = (("head", c_uint32 * 2), ("value", c_uint32))


class _PropertyReply(Structure):
    _fields_ = (
        ("response_type", c_uint8),
        ("format", c_uint8),
        ("sequence", c_uint16),
        ("length", c_uint32),
        ("type", c_uint32),
        ("bytes_after", c_uint32),
        ("value_len", c_uint32),
        ("pad", c_uint32 * 3),
    )


class _ModifierReply(Structure):
    _fields_ = (
        ("response_type", c_uint8),
        ("per_modifier", c_uint8),
        ("sequence", c_uint16),
        ("length", c_uint32),
        ("pad", c_uint8 * 24),
    )


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A grabbed key went down or up. ``time`` is the server's, in milliseconds."""

    pressed: bool
    keycode: int
    time: int


_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "xcb_connect": (c_void_p, [c_char_p, POINTER(c_int)]),
    "xcb_connection_has_error": (c_int, [c_void_p]),
    "xcb_disconnect": (None, [c_void_p]),
    "xcb_flush": (c_int, [c_void_p]),
    "xcb_get_file_descriptor": (c_int, [c_void_p]),
    "xcb_get_setup": (c_void_p, [c_void_p]),
    "xcb_poll_for_event": (c_void_p, [c_void_p]),
    "xcb_request_check": (POINTER(_Failure), [c_void_p, _Cookie]),
    "xcb_setup_roots_iterator": (_Setup, [c_void_p]),
    "xcb_intern_atom": (_Cookie, [c_void_p, c_uint8, c_uint16, c_char_p]),
    "xcb_intern_atom_reply": (POINTER(_ValueReply), [c_void_p, _Cookie, c_void_p]),
    "xcb_get_property": (_Cookie, [c_void_p, c_uint8, *[c_uint32] * 5]),
    "xcb_get_property_reply": (POINTER(_PropertyReply), [c_void_p, _Cookie, c_void_p]),
    "xcb_get_property_value": (POINTER(c_uint32), [c_void_p]),
    "xcb_get_modifier_mapping": (_Cookie, [c_void_p]),
    "xcb_get_modifier_mapping_reply": (POINTER(_ModifierReply), [c_void_p, _Cookie, c_void_p]),
    "xcb_get_modifier_mapping_keycodes": (POINTER(c_uint8), [c_void_p]),
    "xcb_grab_key_checked": (
        _Cookie,
        [c_void_p, c_uint8, c_uint32, c_uint16, c_uint8, c_uint8, c_uint8],
    ),
    "xcb_ungrab_key": (_Cookie, [c_void_p, c_uint8, c_uint32, c_uint16]),
    "xcb_get_selection_owner": (_Cookie, [c_void_p, c_uint32]),
    "xcb_get_selection_owner_reply": (POINTER(_ValueReply), [c_void_p, _Cookie, c_void_p]),
    "xcb_send_event": (_Cookie, [c_void_p, c_uint8, c_uint32, c_uint32, c_void_p]),
}
_KEYSYM_SIGNATURES: dict[str, tuple[object, list[object]]] = {
    "xcb_key_symbols_alloc": (c_void_p, [c_void_p]),
    "xcb_key_symbols_free": (None, [c_void_p]),
    "xcb_key_symbols_get_keycode": (POINTER(c_uint8), [c_void_p, c_uint32]),
}


def _load(name: str, signatures: dict[str, tuple[object, list[object]]]) -> ctypes.CDLL:
    library = ctypes.CDLL(name)
    for function, (result, arguments) in signatures.items():
        entry = getattr(library, function)
        entry.restype, entry.argtypes = result, arguments
    return library


class Display:
    """One connection to the X server."""

    def __init__(self, name: str | None = None) -> None:
        """Connect to ``name``, or to where ``DISPLAY`` points.

        Raises:
            XError: there is no X server to talk to, or no libxcb to talk with.
        """
        try:
            self._xcb = _load("libxcb.so.1", _SIGNATURES)
            self._keysyms = _load("libxcb-keysyms.so.1", _KEYSYM_SIGNATURES)
            self._libc = _load("libc.so.6", {"free": (None, [c_void_p])})
        except OSError as error:
            raise XError(tr("the X library is missing ({error})", error=error)) from error
        self._screen = c_int(0)
        self._link = self._xcb.xcb_connect(name.encode() if name else None, byref(self._screen))
        if self._xcb.xcb_connection_has_error(self._link):
            self._xcb.xcb_disconnect(self._link)
            self._link = None
            raise XError(tr("the X server cannot be reached"))
        roots = self._xcb.xcb_setup_roots_iterator(self._xcb.xcb_get_setup(self._link))
        self.root = int(roots.data[0])
        self._atoms: dict[str, int] = {}

    @property
    def descriptor(self) -> int:
        """The file descriptor to wait on."""
        return int(self._xcb.xcb_get_file_descriptor(self._link))

    def close(self) -> None:
        """Leave the server; grabs go with the connection. May be called twice."""
        if self._link is not None:
            self._xcb.xcb_disconnect(self._link)
            self._link = None

    def keycodes(self, keysym: int) -> list[int]:
        """Return the keys that give ``keysym`` on the present layout."""
        symbols = self._keysyms.xcb_key_symbols_alloc(self._link)
        found = self._keysyms.xcb_key_symbols_get_keycode(symbols, keysym)
        codes: list[int] = []
        while found and found[len(codes)]:
            codes.append(int(found[len(codes)]))
        self._free(found)
        self._keysyms.xcb_key_symbols_free(symbols)
        return codes

    def modifier_of(self, keysym: int) -> int:
        """Return the modifier mask that the key of ``keysym`` sets, 0 when it sets none."""
        codes = self.keycodes(keysym)
        cookie = self._xcb.xcb_get_modifier_mapping(self._link)
        reply = self._xcb.xcb_get_modifier_mapping_reply(self._link, cookie, None)
        if not reply:
            return 0
        width = int(reply.contents.per_modifier)
        table = self._xcb.xcb_get_modifier_mapping_keycodes(reply)
        masks = [1 << index // width for index in range(8 * width) if table[index] in codes]
        self._free(reply)
        return masks[0] if masks else 0

    def grab(self, keycode: int, modifiers: int) -> None:
        """Take a key combination for us, wherever the focus is.

        Raises:
            XError: with ``taken`` when another program has it.
        """
        cookie = self._xcb.xcb_grab_key_checked(self._link, 0, self.root, modifiers, keycode, _ASYNC, _ASYNC)
        failure = self._xcb.xcb_request_check(self._link, cookie)
        if failure:
            code = int(failure.contents.code)
            self._free(failure)
            raise XError(
                tr("the X server refused the keys (error {code})", code=code), taken=code == _BAD_ACCESS
            )

    def ungrab(self, keycode: int, modifiers: int) -> None:
        """Give a key combination back."""
        self._xcb.xcb_ungrab_key(self._link, keycode, self.root, modifiers)
        self._xcb.xcb_flush(self._link)

    def pending(self, keys: Callable[[KeyEvent], None], remapped: Callable[[], None]) -> None:
        """Hand over all events that have arrived; others than keys and new layouts are dropped."""
        while event := self._xcb.xcb_poll_for_event(self._link):
            key = ctypes.cast(event, POINTER(_KeyEvent)).contents
            kind = key.response_type & 0x7F
            seen = KeyEvent(kind == KEY_PRESS, int(key.detail), int(key.time))
            self._free(event)
            if kind in {KEY_PRESS, KEY_RELEASE}:
                keys(seen)
            elif kind == MAPPING_NOTIFY:
                remapped()

    def active_window(self) -> int:
        """Return the window that the window manager calls active, 0 when it names none."""
        cookie = self._xcb.xcb_get_property(
            self._link, 0, self.root, self._atom("_NET_ACTIVE_WINDOW"), 0, 0, 1
        )
        reply = self._xcb.xcb_get_property_reply(self._link, cookie, None)
        if not reply:
            return 0
        value = self._xcb.xcb_get_property_value(reply)
        window = int(value[0]) if reply.contents.value_len else 0
        self._free(reply)
        return window

    def selection_owner(self, name: str) -> int:
        """Return the window that owns a selection, 0 when none does."""
        cookie = self._xcb.xcb_get_selection_owner(self._link, self._atom(name))
        reply = self._xcb.xcb_get_selection_owner_reply(self._link, cookie, None)
        owner = int(reply.contents.value) if reply else 0
        self._free(reply)
        return owner

    def activate(self, window: int, time: int = 0) -> None:
        """Ask the window manager to bring ``window`` forward, as a person's own act (source 2).

        EWMH 1.5, _NET_ACTIVE_WINDOW; ``time`` is the server's time of the key or click behind it.
        """
        kind = self._atom("_NET_ACTIVE_WINDOW")
        message = _ClientMessage(CLIENT_MESSAGE, 32, 0, window, kind, (2, time, 0, 0, 0))
        self._xcb.xcb_send_event(self._link, 0, self.root, _SUBSTRUCTURE, byref(message))
        self._xcb.xcb_flush(self._link)

    def _atom(self, name: str) -> int:
        if name not in self._atoms:
            cookie = self._xcb.xcb_intern_atom(self._link, 0, len(name), name.encode())
            reply = self._xcb.xcb_intern_atom_reply(self._link, cookie, None)
            self._atoms[name] = int(reply.contents.value) if reply else 0
            self._free(reply)
        return self._atoms[name]

    def _free(self, memory: object) -> None:
        if memory:
            self._libc.free(ctypes.cast(memory, c_void_p))  # type: ignore[arg-type]
