"""The settings file: read, checked, changed without losing its comments, never lost.

A bad file does not stop the program: it goes on with the last good settings and says what is wrong.
"""

from __future__ import annotations

import os
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from compute_broker.config.home import Home
from compute_broker.config.problems import begun_with_name, describe
from compute_broker.config.schema import Settings
from compute_broker.core.errors import EnvironmentFaultError, SettingsError
from compute_broker.core.listeners import Listeners
from compute_broker.core.texts import tr
from compute_broker.resources_path import resource

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_LOCK_SECONDS = 5.0
"""How long a change waits for another one, which takes milliseconds."""


class Stamp(NamedTuple):
    """By what a file is told from the one that takes its place: time in nanoseconds, bytes, inode."""

    written_ns: int
    size: int
    inode: int


def parse_settings(text: str, name: str, *, written: bool = True) -> Settings:
    """Return the settings in ``text``; ``name`` is the file's name for the error.

    A text that is not ``written`` to the file yet has no lines that a person could look up.

    Raises:
        SettingsError: file, line and remedy in one sentence.
    """
    try:
        tree = tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        where = tr("at line {count}, the last", count=len(text.splitlines()))
        what = str(error).replace("at end of document", where)
        raise SettingsError(tr("{name}: {what}; mend that line.", name=name, what=what)) from error
    if isinstance(tree.get("mode"), int | Decimal):
        tree["mode"] = str(tree["mode"])  # a floor may be written as a number
    try:
        return msgspec.convert(tree, Settings)
    except msgspec.ValidationError as error:
        if not written:
            raise SettingsError(f"{begun_with_name(describe(str(error), tree, ''))}.") from error
        raise SettingsError(f"{name}, {describe(str(error), tree, text)}.") from error


class SettingsStore:
    """The settings in force and the file behind them."""

    def __init__(self, home: Home) -> None:
        """Read the file, making it from the defaults at the first start. See :attr:`problem`."""
        self._home = home
        self._listeners = Listeners()
        self._changing = threading.Lock()
        self.tell_through: Callable[[Callable[[], None]], object] = lambda tell: tell()
        """How listeners are called. A program with an event loop sets this to ``call_soon_threadsafe``,
        since :meth:`update` may run in a worker thread."""
        self._current = Settings()
        self._read: Stamp | None = None
        """The file as it was when it was last read or written by us."""
        self.problem: str | None = None
        self.reload()

    @property
    def path(self) -> Path:
        """The file a person may edit."""
        return self._home.settings

    @property
    def current(self) -> Settings:
        """The settings in force."""
        return self._current

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` after each change; return the way to stop that."""
        return self._listeners.add(listener)

    def reload(self) -> None:
        """Read the file again; on a bad one keep what was good and set :attr:`problem`.

        Subscribers are told when anything is another than before.
        """
        with self._changing:
            changed = self._take_in()
        if changed:
            self._tell()

    def catch_up(self) -> None:
        """Read the file if it is another than the one that was read: for a program that goes on running.

        That costs one look at the folder where nothing changed. A file that is gone or empty is one that
        somebody is just writing anew, or took away: the settings in force stay until there is one.
        """
        with self._changing:
            now = _stamp(self.path)
            changed = now is not None and now.size > 0 and now != self._read and self._take_in()
        if changed:
            self._tell()

    def _take_in(self) -> bool:
        """Read the file; return whether anything is another than before."""
        before = (self._current, self.problem)
        stamp = _stamp(self.path)  # before it is read: what is written meanwhile counts as unread
        try:
            text = self._read_or_create()
            self._current = parse_settings(text, self.path.name)
        except SettingsError as error:
            self.problem = tr("{error} Until then the last good settings are used.", error=error)
            self._current = self._last_good()
        else:
            self.problem = None
            self._remember_good(text)
        self._read = stamp or _stamp(self.path)
        return (self._current, self.problem) != before

    def update(self, change: Callable[[TOMLDocument], None]) -> None:
        """Apply ``change`` to the file's document and write it back, comments kept.

        May be called from any thread, and while other programs do the same: no change gets lost.

        Raises:
            SettingsError: the file on disk is bad, or would be after the change; nothing was written.
            EnvironmentFaultError: the file cannot be written, or another program holds it for seconds.
        """
        import tomlkit  # noqa: PLC0415 - only a change needs it, the start does not

        with self._changing, self._locked():
            text = self._read_or_create()
            parse_settings(text, self.path.name)
            document = tomlkit.parse(text)
            change(document)
            changed = tomlkit.dumps(document)
            settings = parse_settings(changed, self.path.name, written=False)
            _write(self.path, changed)
            self._current, self.problem, self._read = settings, None, _stamp(self.path)
            self._remember_good(changed)
        self._tell()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other programs from changing the file meanwhile."""
        from filelock import FileLock, Timeout  # noqa: PLC0415 - 20 ms, and a change needs it, the start not

        self._home.prepare()
        lock = FileLock(self._home.settings_lock, timeout=_LOCK_SECONDS, mode=0o600)
        try:
            lock.acquire()
        except Timeout as error:
            raise EnvironmentFaultError(
                tr(
                    "Another program has been changing {path} for {lock_seconds} s; try again.",
                    path=self.path,
                    lock_seconds=f"{_LOCK_SECONDS:g}",
                )
            ) from error
        except OSError as error:
            raise EnvironmentFaultError(
                tr(
                    "{lock_file} cannot be locked ({strerror}).",
                    lock_file=lock.lock_file,
                    strerror=error.strerror,
                )
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _tell(self) -> None:
        self._listeners.tell(self.tell_through)

    def _read_or_create(self) -> str:
        self._home.prepare()
        try:
            return self.path.read_text("utf-8")
        except FileNotFoundError:
            text = resource("settings.default.toml").read_text("utf-8")
            _write(self.path, text)
            return text
        except UnicodeDecodeError as error:
            raise SettingsError(
                tr("{path} is not UTF-8 text; save it as UTF-8.", path=self.path.name)
            ) from error
        except OSError as error:
            raise SettingsError(
                tr("{path} cannot be read ({strerror}).", path=self.path, strerror=error.strerror)
            ) from error

    def _last_good(self) -> Settings:
        for path in (self._home.last_good_settings, resource("settings.default.toml")):
            try:
                return parse_settings(path.read_text("utf-8"), path.name)
            except (OSError, UnicodeDecodeError, SettingsError):
                continue
        return Settings()

    def _remember_good(self, text: str) -> None:
        path = self._home.last_good_settings
        try:
            known = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            known = None  # not there, or no copy of any settings: it is written anew
        if known != text:
            _write(path, text)


def _stamp(path: Path) -> Stamp | None:
    """Return the file's stamp; ``None`` while there is none, or nobody may look."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Stamp(found.st_mtime_ns, found.st_size, found.st_ino)


def _write(path: Path, text: str) -> None:
    """Replace ``path`` in one step, so that a crash leaves the old file or the new one."""
    scratch: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(scratch).replace(path)
    except OSError as error:
        if scratch is not None:
            with suppress(OSError):
                Path(scratch).unlink()
        raise EnvironmentFaultError(
            tr("{path} cannot be written ({strerror}).", path=path, strerror=error.strerror)
        ) from error
