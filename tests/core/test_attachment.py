"""What a file is attached as: read by its bytes, delimited so that it cannot pretend to be the prompt."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.attachment import (
    MOST_TEXT_BYTES,
    AttachmentError,
    Image,
    TextFile,
    attachment,
    image,
    parted,
    with_marks,
    with_texts,
    without_marks,
)
from compute_broker.core.stream import user_turn
from support.pictures import png


@pytest.mark.parametrize(
    ("data", "text", "note"),
    [
        (b"plain\r\ntext", "plain\ntext", False),
        ("größer".encode(), "größer", False),
        ("größer".encode("utf-8-sig"), "größer", False),
        ("größer".encode("utf-16"), "größer", False),
        ("größer".encode("utf-32"), "größer", False),
        ("größer, naïve".encode("cp1252"), "größer, naïve", True),
        (b'{"a": [1, 2]}', '{"a": [1, 2]}', False),
        (b"\x1b[31mred\x1b[0m log line\n", "\x1b[31mred\x1b[0m log line\n", False),
    ],
)
def test_text_is_read_in_the_encoding_it_has(data: bytes, text: str, *, note: bool) -> None:
    found = attachment("notes.txt", data)
    assert isinstance(found, TextFile)
    assert found.text == text
    assert bool(found.note) is note


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7 ...", "is a PDF, which cannot be read here; what works: text, code"),
        (b"PK\x03\x04....", "an archive or an Office document"),
        (b"a\0b\0c\x01\x02", "is no text and no image"),
        (bytes(range(128, 256)) * 8 + bytes(range(1, 9)) * 40, "is no text and no image"),
        (b"x" * (MOST_TEXT_BYTES + 1), "too large to attach .400 kB; at most 400 kB.: attach the part"),
        (b"\x89PNG\r\n\x1a\n\0\0", "a broken image"),
        (b"\xff\xd8\xff\xe0\x00\x04ab", "a broken image"),
    ],
)
def test_what_cannot_be_attached_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(AttachmentError, match=says):
        attachment("thing.bin", data)


def test_an_image_larger_than_providers_take_is_refused() -> None:
    with pytest.raises(AttachmentError, match=r"too large an image \(9000 x 10 pixels"):
        attachment("wide.png", png(9000, 10))


JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x20\x00\x30\x03rest of the frame"
GIF = b"GIF89a" + struct.pack("<HH", 70, 50) + b"rest"
WEBP = b"RIFF\0\0\0\0WEBP"
LOSSY = WEBP + b"VP8 " + b"\0" * 10 + struct.pack("<HH", 300, 200)
LOSSLESS = WEBP + b"VP8L" + b"\0" * 4 + b"\x2f" + struct.pack("<I", 299 | 199 << 14)
EXTENDED = WEBP + b"VP8X" + b"\0" * 8 + struct.pack("<HBHB", 299, 0, 199, 0)


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (png(40, 30), "image/png", (40, 30)),
        (JPEG, "image/jpeg", (48, 32)),
        (GIF, "image/gif", (70, 50)),
        (LOSSY, "image/webp", (300, 200)),
        (LOSSLESS, "image/webp", (300, 200)),
        (EXTENDED, "image/webp", (300, 200)),
    ],
)
def test_the_four_kinds_of_image_are_known_by_their_heads(
    data: bytes, kind: str, size: tuple[int, int]
) -> None:
    found = image("picture", data)
    assert found is not None
    assert (found.media_type, (found.width, found.height)) == (kind, size)


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", WEBP])
)
def test_whatever_the_bytes_there_is_an_attachment_or_a_sentence(data: bytes, head: bytes) -> None:
    try:
        found = attachment("any", head + data)
    except AttachmentError as error:
        assert str(error).endswith(".")  # noqa: PT017 - every refusal is a whole sentence
    else:
        assert isinstance(found, TextFile | Image)


@given(st.text(max_size=200), st.text(min_size=1, max_size=200))
def test_an_attached_text_cannot_end_itself(prompt: str, text: str) -> None:
    said = with_texts(prompt, (TextFile("a.txt", text), TextFile("b.txt", text)))
    line = said.rsplit(" ", 1)[1]
    assert said.count(f"{line} End of a.txt {line}") == 1
    assert text.rstrip() in said


@given(st.text(alphabet="ab \n-", max_size=60), st.text(alphabet="ab-\n End of", min_size=1, max_size=60))
def test_a_stored_prompt_comes_apart_again(prompt: str, text: str) -> None:
    files = (TextFile("a b.txt", text.rstrip()), TextFile("c.txt", f"x{text}".rstrip()))
    assert parted(with_texts(prompt, files)) == (prompt, files, False)


def test_images_count_about_a_token_for_750_pixels_and_never_fewer_than_their_patches() -> None:
    assert Image("a", b"", "image/png", 1500, 750).tokens == 1500
    assert Image("a", b"", "image/png", 29, 29).tokens == 4


def test_a_stored_prompt_names_its_images_and_can_lose_the_names_again() -> None:
    shot = Image("screen [1].png", b"", "image/png", 1200, 800)
    turn = user_turn("What is this?", (shot, TextFile("a.txt", "hello")))
    assert turn.images == (shot,)
    assert turn.text.startswith("What is this?\n\n--- Attached file: a.txt ---\nhello\n--- End of a.txt ---")
    assert turn.text.endswith("[image: screen [1_.png, 1200x800]")
    assert turn.tokens > shot.tokens
    stored = with_marks("Look", (shot, shot))
    assert without_marks(stored) == ("Look", True)
    assert without_marks("[image: not at the end, 1x1] here") == ("[image: not at the end, 1x1] here", False)
