"""What is attached to the next prompt: taken from the clipboard, a drop or a file, read in worker threads."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from compute_broker.core.attachment import (
    MOST_ATTACHED,
    Attachment,
    AttachmentError,
    Image,
    TextFile,
    looks_like_image,
    text_file,
)
from compute_broker.core.texts import tr
from compute_broker.desktop.tasks import Tasks
from compute_broker.file_reading import read_file

LONG_PASTE = 8_000
"""Characters from which a pasted text becomes an attachment: in the input it could not be overseen."""

_MOST_FOLDERS = 3
"""Names of folders that tell files of one name apart."""

_IMAGE_FORMATS = ("image/png", "image/jpeg", "image/webp", "image/gif")

Read = Callable[[], tuple[Attachment, QImage | None]]


_Refusals = dict[int, str]
"""Why some of what was given together could not be attached, by the numbers that it was given."""


@dataclass(frozen=True, slots=True)
class _Given:
    """Something that was read: its number among all that was given, and the file that it was, if any."""

    number: int
    path: Path | None
    item: Attachment
    picture: QImage | None


class Attaching(QObject):
    """The attachments, in order. ``warm`` is called in the worker thread with each text that was read."""

    changed = Signal()
    given = Signal()
    """Something is to be attached: what was said of what was given before no longer matters."""
    refused = Signal(str)
    """Some of what was given together could not be attached: a sentence for each so far that says why."""

    def __init__(self, parent: QObject, tasks: Tasks, warm: Callable[[str], object]) -> None:
        """Begin with nothing."""
        super().__init__(parent)
        self._tasks = tasks
        self._warm = warm
        self._given: list[_Given] = []
        self._count = 0
        self._reading = 0
        self._progress = asyncio.Event()

    @property
    def items(self) -> tuple[Attachment, ...]:
        """What is attached."""
        return tuple(each.item for each in self._given)

    @property
    def shown(self) -> Sequence[tuple[Attachment, QImage | None]]:
        """What is attached, with the thumbnails of images."""
        return [(each.item, each.picture) for each in self._given]

    @property
    def reading(self) -> bool:
        """Whether something is still being read."""
        return self._reading > 0

    def wants(self, mime: QMimeData) -> bool:
        """Return whether :meth:`take` takes ``mime``: files, an image, or a text too long for the input."""
        if _files(mime):
            return True
        if mime.hasText():
            return len(mime.text()) > LONG_PASTE
        return mime.hasImage() or any(mime.hasFormat(each) for each in _IMAGE_FORMATS)

    def take(self, mime: QMimeData) -> None:
        """Attach what ``mime`` holds; it is read in the background, and shown by ``changed``."""
        if files := _files(mime):
            self.add_files(files)
        elif mime.hasText():
            text = mime.text()
            self._add([lambda: (text_file(tr("Pasted text"), text.encode("utf-8", "replace")), None)])
        else:
            self._add([_reading_image(mime)])

    def add_files(self, paths: Iterable[Path]) -> None:
        """Attach the files at ``paths``."""
        given = list(paths)
        self._add([lambda path=path: _read_path(path) for path in given], given)  # type: ignore[misc] # a bound default

    async def read(self) -> int:
        """Wait until nothing is being read; return how many there would be if all of it could be attached."""
        wanted = len(self._given) + self._reading
        while self._reading:
            await self._progress.wait()
        return wanted

    def remove(self, number: int) -> None:
        """Take one away again."""
        if 0 <= number < len(self._given):
            del self._given[number]
            self._tell_apart()
            self.changed.emit()

    def put(self, items: Iterable[Attachment]) -> None:
        """Attach these in place of what is attached; thumbnails of images are made anew."""
        self._given = []
        self.changed.emit()
        if found := list(items):
            self._add([lambda each=each: _again(each) for each in found])  # type: ignore[misc] # likewise

    def clear(self) -> None:
        """They were sent, or are not wanted."""
        if self._given:
            self._given = []
            self.changed.emit()

    def _add(self, reads: Sequence[Read], paths: Sequence[Path] = ()) -> None:
        self.given.emit()
        refusals: _Refusals = {}
        room = max(0, MOST_ATTACHED - len(self._given) - self._reading)
        for read, path in zip_longest(reads[:room], paths[:room]):
            self._reading += 1
            self._count += 1
            self._tasks.run(self._read(read, path, self._count, refusals))
        if len(reads) > room:
            self._refuse(
                refusals,
                self._count + 1,
                tr(
                    "At most {most_attached} files go with one prompt; the rest was left out.",
                    most_attached=MOST_ATTACHED,
                ),
            )

    def _refuse(self, refusals: _Refusals, number: int, why: str) -> None:
        refusals[number] = why
        told = [why for _, why in sorted(refusals.items())]
        self.refused.emit("\n".join(dict.fromkeys(told)))

    async def _read(self, read: Read, path: Path | None, number: int, refusals: _Refusals) -> None:
        try:
            item, picture = await asyncio.to_thread(self._read_here, read)
        except AttachmentError as error:
            self._refuse(refusals, number, str(error))
            return
        finally:
            self._reading -= 1
            self._progress.set()
            self._progress.clear()
        # As they were given, whichever is read first.
        insort(self._given, _Given(number, path, item, picture), key=lambda each: each.number)
        self._tell_apart()
        self.changed.emit()

    def _tell_apart(self) -> None:
        """Give files of one name that of their folder too, here and in the prompt."""
        names = told_apart([each.path for each in self._given])
        self._given = [
            replace(each, item=replace(each.item, name=name)) if name and name != each.item.name else each
            for each, name in zip(self._given, names, strict=True)
        ]

    def _read_here(self, read: Read) -> tuple[Attachment, QImage | None]:
        item = read()
        if isinstance(item[0], TextFile):
            self._warm(item[0].text)
        return item


def told_apart(paths: Sequence[Path | None]) -> list[str]:
    """Return a name for each file: with as many folders as tell it from others; empty where there is none."""
    counts = [0 if path is None else 1 for path in paths]
    for _ in range(_MOST_FOLDERS):
        files = set(zip(map(_tail, paths, counts), paths, strict=True))
        several = {name for name, count in Counter(name for name, _ in files).items() if count > 1}
        counts = [count + (_tail(path, count) in several) for path, count in zip(paths, counts, strict=True)]
    return list(map(_tail, paths, counts))


def _tail(path: Path | None, count: int) -> str:
    return "/".join(path.parts[-count:]).replace("//", "/") if path is not None else ""


def _files(mime: QMimeData) -> list[Path]:
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def _read_path(path: Path) -> tuple[Attachment, QImage | None]:
    name, data = read_file(path)
    return _image(name, data) if looks_like_image(data) else (_text(name, data), None)


def _text(name: str, data: bytes) -> TextFile:
    if not data:
        raise AttachmentError(tr("{name} is empty; there is nothing to attach.", name=name))
    return text_file(name, data)


def _image(name: str, data: bytes) -> tuple[Attachment, QImage | None]:
    from compute_broker.desktop.ask.shrinking import prepared  # noqa: PLC0415 - not needed at start

    return prepared(name, data)


def _again(each: Attachment) -> tuple[Attachment, QImage | None]:
    return _image(each.name, each.data) if isinstance(each, Image) else (each, None)


def _reading_image(mime: QMimeData) -> Read:
    """Return the work of reading a pasted image: from its bytes where it has them; pixels are dear."""
    name = tr("Pasted image.png")
    for kind in _IMAGE_FORMATS:
        if mime.hasFormat(kind):
            data = bytes(mime.data(kind).data())
            return lambda: _image(name, data)
    picture = mime.imageData()

    def convert() -> tuple[Attachment, QImage | None]:
        from compute_broker.desktop.ask.shrinking import pixels, thumbnail  # noqa: PLC0415 - as above

        if not isinstance(picture, QImage) or picture.isNull():
            raise AttachmentError(tr("The image on the clipboard cannot be read; attach it as a file."))
        return pixels(name, picture), thumbnail(picture)

    return convert
