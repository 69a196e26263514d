"""The journal of an experiment: JSON lines, each on the disk before what it says counts.

A line cut short by a kill is dropped when the file is opened again. One program at a time holds it.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from filelock import FileLock, Timeout

from compute_broker.core.errors import EnvironmentFaultError, PersonError
from compute_broker.core.texts import tr
from compute_broker.experiment.run.calls import Answer, Asking
from compute_broker.experiment.run.setup import Setup

Line = Setup | Asking | Answer

NAME = "journal.jsonl"


class Journal:
    """An open journal. Use as a context manager.

    ``setups`` are in the order in which they were made, ``answers`` by key, ``asked`` by key what was about
    to be sent last.
    """

    def __init__(self, folder: Path) -> None:
        """Open ``folder``'s journal for writing; the folder is made, for its owner alone.

        Raises:
            PersonError: another program holds it, or a line makes no sense.
            EnvironmentFaultError: it cannot be read or written.
        """
        self.folder = folder
        self._path = folder / NAME
        self._lock = FileLock(folder / ".lock", thread_local=False)  # opened in a worker thread
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self.setups, self.asked, self.answers = read_sorted(folder, mend=True)
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except Timeout as error:
            raise PersonError(
                tr("another experiment is running in {folder}; wait for it, or stop it", folder=folder)
            ) from error
        except OSError as error:
            self._lock.release()
            raise EnvironmentFaultError(
                tr("{folder} cannot be used: {strerror}", folder=folder, strerror=error.strerror)
            ) from error
        except PersonError:
            self._lock.release()
            raise

    def append(self, line: Line) -> None:
        """Write one line to the disk; only then take it in.

        Raises:
            EnvironmentFaultError: it could not be written.
        """
        try:
            os.write(self._file, msgspec.json.encode(line) + b"\n")
            os.fsync(self._file)
        except OSError as error:
            raise EnvironmentFaultError(
                tr("{path} cannot be written: {strerror}", path=self._path, strerror=error.strerror)
            ) from error
        if isinstance(line, Setup):
            self.setups.append(line)
        elif isinstance(line, Asking):
            self.asked[line.key] = line
        else:
            self.answers[line.key] = line

    def close(self) -> None:
        """Close the file and let others have it."""
        os.close(self._file)
        self._lock.release()

    def __enter__(self) -> Self:
        """Return the journal itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()


def read(folder: Path, *, mend: bool = False) -> list[Line]:
    """Return the lines of a folder's journal; none when there is no journal.

    With ``mend`` a last line that was cut short is cut off the file too.

    Raises:
        PersonError: a line makes no sense.
        OSError: the file cannot be read.
    """
    path = folder / NAME
    if not path.exists():
        return []
    raw = path.read_bytes()
    whole = raw[: raw.rfind(b"\n") + 1]
    if mend and len(whole) < len(raw):
        os.truncate(path, len(whole))
    decoder = msgspec.json.Decoder(Line)
    lines: list[Line] = []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            lines.append(decoder.decode(line))
        except msgspec.MsgspecError as error:
            raise PersonError(
                tr(
                    "line {number} of {path} makes no sense ({error}); it is from another version or was "
                    "edited. Choose another --out, or move it away.",
                    number=number,
                    path=path,
                    error=error,
                )
            ) from error
    return lines


def read_sorted(
    folder: Path, *, mend: bool = False
) -> tuple[list[Setup], dict[str, Asking], dict[str, Answer]]:
    """Return a folder's setups in order, what was about to be sent by key, and the answers by key."""
    setups: list[Setup] = []
    asked: dict[str, Asking] = {}
    answers: dict[str, Answer] = {}
    for line in read(folder, mend=mend):
        if isinstance(line, Setup):
            setups.append(line)
        elif isinstance(line, Asking):
            asked[line.key] = line
        else:
            answers[line.key] = line
    return setups, asked, answers
