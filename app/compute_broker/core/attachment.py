"""What comes along with a prompt: text files, which become a part of it, and images, which travel beside it.

Pure: bytes in, nouns out. What a file is, is read from its bytes, never from its name.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from compute_broker.core.errors import PersonError
from compute_broker.core.texts import figure, tr

MOST_TEXT_BYTES = 400_000
"""A larger text is refused: about 100,000 tokens, half of what the largest usual context holds."""

MOST_IMAGE_BYTES = 3_500_000
"""Bytes of one image as sent. Anthropic takes 5 MB of base64, which is 3.75 MB of image (its vision page)."""

MOST_PIXELS = 8000
"""The longest edge in pixels that Anthropic takes at all (its vision page); others shrink it or take less."""

MOST_ATTACHED = 10
"""Attachments of one prompt: over 20 images Anthropic takes no edge over 2000 px; some servers take 12."""

WHAT_WORKS = tr("what works: text, code, CSV, Markdown, JSON and logs, and images as PNG, JPEG, WebP or GIF")

_TOKENS_PER_PIXEL = 750
_PATCH = 28
_BINARY_LOOK = 4096
_MOST_CONTROLS = 0.02
_NOTE = re.compile(r"\n*\[image: [^\]\n]{0,200}, \d{1,5}x\d{1,5}\]\s*\Z")
_MARK = " Attached file: "
_PART = re.compile(
    rf"(?:\A|\n\n)(?P<line>-{{3,}}){_MARK}(?P<name>[^\n]*) (?P=line)\n"
    r"(?P<text>(?:(?!(?P=line) End of).)*?)\n(?P=line) End of (?P=name) (?P=line)\s*\Z",
    re.DOTALL,
)
_SIGNS = (
    (b"%PDF", tr("a PDF")),
    (b"PK\x03\x04", tr("an archive or an Office document")),
    (b"\xd0\xcf\x11\xe0", tr("an old Office document")),
    (b"\x1f\x8b", tr("a packed file")),
    (b"\x7fELF", tr("a program")),
    (b"MZ", tr("a program")),
    (b"ID3", tr("a sound")),
    (b"OggS", tr("a sound or a film")),
    (b"\x00\x00\x00", tr("a film or an image of a kind that providers do not take")),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class AttachmentError(PersonError):
    """This cannot be attached; the text says why and what can."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text that is sent as a part of the prompt. ``note`` tells of a doubt in how it was read."""

    name: str
    text: str = field(repr=False)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as it is sent: the bytes of a PNG, JPEG, WebP or GIF, and its size in pixels."""

    name: str
    data: bytes = field(repr=False)
    media_type: str
    width: int
    height: int

    @property
    def tokens(self) -> int:
        """An upper estimate of the tokens it is billed as.

        Anthropic: about width x height / 750 (its vision page); Qwen's and Anthropic's newer models: one for
        each begun 28 x 28 pixels. The larger of the two; what others count is of that order. Every settled
        row has the provider's own count.
        """
        patches = -(-self.width // _PATCH) * -(-self.height // _PATCH)
        return max(patches, -(-self.width * self.height // _TOKENS_PER_PIXEL))

    @property
    def mark(self) -> str:
        """What stands for it in the prompt as stored: the picture itself is not kept."""
        name = re.sub(r"[\]\n\r]", "_", self.name)[:100]
        return f"[image: {name}, {self.width}x{self.height}]"


Attachment = TextFile | Image


def images_in(attached: Iterable[Attachment]) -> tuple[Image, ...]:
    """Return the images among ``attached``, in order."""
    return tuple(each for each in attached if isinstance(each, Image))


def texts_of(each: Attachment) -> tuple[str, ...]:
    """Return all that can be read of an attachment: a file's name and text, an image's name alone."""
    return (each.name, each.text) if isinstance(each, TextFile) else (each.name,)


def with_texts(prompt: str, attached: Iterable[Attachment]) -> str:
    """Return ``prompt`` with the attached texts after it, each between two lines that it does not contain."""
    parts = [prompt] if prompt else []
    for each in attached:
        if isinstance(each, TextFile):
            name, line = " ".join(each.name.split()), "---"
            while f"{line} End of" in each.text:
                line += "-"
            parts.append(f"{line}{_MARK}{name} {line}\n{each.text.rstrip()}\n{line} End of {name} {line}")
    return "\n\n".join(parts)


def with_marks(text: str, attached: Iterable[Attachment]) -> str:
    """Return ``text`` with a line for each attached image after it: the prompt as stored and as sent."""
    return "\n\n".join(filter(None, [text, "\n".join(each.mark for each in images_in(attached))]))


def may_have_files(stored: str) -> bool:
    """Return whether :meth:`parted` may find texts in a stored prompt, at next to no cost."""
    return f"---{_MARK}" in stored


def parted(stored: str) -> tuple[str, tuple[TextFile, ...], bool]:
    """Return a stored prompt as typed, the texts that came along, and whether images did: those are gone."""
    text, images = without_marks(stored)
    files: list[TextFile] = []
    while (match := _PART.search(text)) is not None:
        files.insert(0, TextFile(match["name"], match["text"]))
        text = text[: match.start()]
    return text, tuple(files), images


def without_marks(text: str) -> tuple[str, bool]:
    """Return a stored prompt without its lines for images, and whether there were any."""
    found = False
    while (match := _NOTE.search(text)) is not None:
        text, found = text[: match.start()], True
    return text, found


def attachment(name: str, data: bytes) -> Attachment:
    """Return what ``data``, the content of a file called ``name``, is attached as.

    Raises:
        AttachmentError: it is empty, too large, or neither text nor an image that providers take.
    """
    if not data:
        raise AttachmentError(tr("{name} is empty; there is nothing to attach.", name=name))
    found = image(name, data)
    return found if found is not None else text_file(name, data)


def text_file(name: str, data: bytes) -> TextFile:
    """Return a text file: by its byte order mark, as UTF-8, else as Windows-1252, which is then noted.

    Raises:
        AttachmentError: it is too large, or no text.
    """
    if len(data) > MOST_TEXT_BYTES:
        raise AttachmentError(
            tr(
                "{name} is too large to attach ({count} kB; at most {most_text_bytes} kB): "
                "attach the part that matters.",
                name=name,
                count=figure(f"{len(data) / 1000:,.0f}"),
                most_text_bytes=MOST_TEXT_BYTES // 1000,
            )
        )
    text, note = _decoded(name, data)
    return TextFile(name, text.replace("\r\n", "\n").replace("\r", "\n"), note)


def image(name: str, data: bytes) -> Image | None:
    """Return the image in ``data``, or ``None`` when it is none of the four kinds.

    Raises:
        AttachmentError: it is one, but broken or larger than providers take.
    """
    kind = _image_kind(data)
    if kind is None:
        return None
    size = _size(kind, data)
    if size is None or min(size) < 1:
        raise AttachmentError(
            tr("{name} is a broken image; save it anew, or attach a screenshot.", name=name)
        )
    if max(size) > MOST_PIXELS or len(data) > MOST_IMAGE_BYTES:
        raise AttachmentError(
            tr(
                "{name} is too large an image ({size} x {size_2} pixels, {count} MB; at most "
                "{most_pixels} pixels an edge and {most_image_bytes} MB): make it smaller "
                "first.",
                name=name,
                size=size[0],
                size_2=size[1],
                count=figure(f"{len(data) / 1e6:.1f}"),
                most_pixels=MOST_PIXELS,
                most_image_bytes=figure(f"{MOST_IMAGE_BYTES / 1e6:.1f}"),
            )
        )
    return Image(name, data, kind, *size)


def looks_like_image(data: bytes) -> bool:
    """Return whether ``data`` begins as one of the four kinds of image does."""
    return _image_kind(data) is not None


def _decoded(name: str, data: bytes) -> tuple[str, str]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), ""
            except UnicodeDecodeError:
                break
    if (sign := _sign_of(data)) is not None:
        raise AttachmentError(
            tr(
                "{name} is {sign}, which cannot be read here; {what_works}.",
                name=name,
                sign=sign,
                what_works=WHAT_WORKS,
            )
        )
    try:
        text, note = data.decode("utf-8"), ""
    except UnicodeDecodeError:
        text, note = (
            data.decode("cp1252", "replace"),
            tr("read as Western European (Windows-1252): check its accents"),
        )
    if _is_binary(text):
        raise AttachmentError(
            tr(
                "{name} is no text and no image that can be read here; {what_works}.",
                name=name,
                what_works=WHAT_WORKS,
            )
        )
    return text, note


def _sign_of(data: bytes) -> str | None:
    return next((what for sign, what in _SIGNS if data.startswith(sign)), None)


def _is_binary(text: str) -> bool:
    """Whether what was decoded is no text: a NUL, or many control characters and bytes that mean nothing."""
    if "\0" in text:
        return True
    head = text[:_BINARY_LOOK]
    odd = sum(char == "\ufffd" or (char < " " and char not in "\t\n\r\f\x1b") for char in head)
    return odd > _MOST_CONTROLS * len(head)


def _image_kind(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return "image/gif"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def _size(kind: str, data: bytes) -> tuple[int, int] | None:
    """Return width and height as the image's own head tells them; ``None`` when it is cut short or odd."""
    reader = {"image/png": _png, "image/gif": _gif, "image/webp": _webp, "image/jpeg": _jpeg}[kind]
    try:
        return reader(data)
    except (struct.error, IndexError):
        return None


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _webp(data: bytes) -> tuple[int, int] | None:
    """Read the three kinds of WebP: lossy, lossless, extended (RFC 9649)."""
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind != b"VP8X":
        return None
    low_w, high_w, low_h, high_h = struct.unpack_from("<HBHB", data, 24)
    return (low_w | high_w << 16) + 1, (low_h | high_h << 16) + 1


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """Walk over a JPEG's segments to the frame header, which has the size (ITU T.81, B.2.2)."""
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:  # noqa: PLR2004 - a marker's first byte
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 - a fill byte
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:  # noqa: PLR2004 - frame headers
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + int(struct.unpack_from(">H", data, at + 2)[0])
    return None
