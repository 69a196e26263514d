"""Server-sent events, however the bytes fall."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.net.sse import Event, SseParser


def parse(*chunks: bytes, cap: int = 1000) -> list[Event]:
    parser = SseParser("Someone", cap)
    return [event for chunk in chunks for event in parser.feed(chunk)]


CASES = {
    "one event": (b"data: hello\n\n", [Event("", "hello")]),
    "named": (b"event: ping\ndata: {}\n\n", [Event("ping", "{}")]),
    "no space": (b"data:hello\n\n", [Event("", "hello")]),
    "two spaces": (b"data:  hello\n\n", [Event("", " hello")]),
    "crlf": (b"data: a\r\n\r\ndata: b\r\n\r\n", [Event("", "a"), Event("", "b")]),
    "cr": (b"data: a\r\rdata: b\r\r", [Event("", "a"), Event("", "b")]),
    "mixed ends": (b"data: a\r\n\ndata: b\n\r\n", [Event("", "a"), Event("", "b")]),
    "many lines": (b"data: a\ndata:\ndata: c\n\n", [Event("", "a\n\nc")]),
    "comment": (b": OPENROUTER PROCESSING\n\n:\ndata: a\n\n", [Event("", "a")]),
    "comment inside": (b"data: a\n: x\ndata: b\n\n", [Event("", "a\nb")]),
    "unknown fields": (b"id: 7\nretry: 10\nfoo\ndata: a\n\n", [Event("", "a")]),
    "colons in data": (b"data: a: b: c\n\n", [Event("", "a: b: c")]),
    "bare data": (b"data\n\n", [Event("", "")]),
    "name without data": (b"event: x\n\ndata: a\n\n", [Event("", "a")]),
    "blank lines": (b"\n\n\ndata: a\n\n\n\n", [Event("", "a")]),
    "byte order mark": (b"\xef\xbb\xbfdata: a\n\n", [Event("", "a")]),
    "unfinished": (b"data: a\n\ndata: lost\n", [Event("", "a")]),
    "unfinished line": (b"data: a\n\ndata: lost", [Event("", "a")]),
    "other line ends are text": (
        "data: a\u2028b\u0085c\x0bd\n\n".encode(),
        [Event("", "a\u2028b\u0085c\x0bd")],
    ),
    "no utf-8": (b"data: \xff\n\n", [Event("", "\ufffd")]),
    "nothing": (b"", []),
}


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES.keys())
def test_streams_are_read_as_the_standard_says(stream: bytes, events: list[Event]) -> None:
    assert parse(stream) == events


@pytest.mark.parametrize(("stream", "events"), CASES.values(), ids=CASES.keys())
def test_it_does_not_matter_where_the_bytes_are_split(stream: bytes, events: list[Event]) -> None:
    assert parse(*[bytes([byte]) for byte in stream]) == events
    for place in range(len(stream)):
        assert parse(stream[:place], stream[place:]) == events


texts = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.tuples(texts, st.sampled_from([b"\n", b"\r", b"\r\n"]))), st.lists(st.integers(0, 5000)))
def test_what_is_sent_is_read_for_any_text_and_any_split(
    sent: list[tuple[str, bytes]], places: list[int]
) -> None:
    stream = b"".join(b"data: " + text.encode() + end + end for text, end in sent)
    marks = sorted({place % (len(stream) + 1) for place in places})
    chunks = [stream[a:b] for a, b in zip([0, *marks], [*marks, len(stream)], strict=True)]
    assert [event.data for event in parse(*chunks)] == [text for text, _ in sent]


TOO_LONG = {
    "a line without end": [b"data: "] + [b"x" * 100] * 20,
    "many lines of one event": [b"data: " + b"x" * 90 + b"\n"] * 20,
    "one chunk": [b"data: " + b"x" * 2000 + b"\n\n"],
    "a comment": [b": " + b"x" * 2000],
}


@pytest.mark.parametrize("chunks", TOO_LONG.values(), ids=TOO_LONG.keys())
def test_what_grows_without_bound_is_cut(chunks: list[bytes]) -> None:
    with pytest.raises(ProviderError, match="Someone sent a line of more than") as raised:
        parse(*chunks)
    assert raised.value.fault is Fault.MALFORMED
    assert raised.value.may_be_billed


def test_many_events_are_no_long_line() -> None:
    assert len(parse(*[b"data: " + b"x" * 900 + b"\n\n"] * 50)) == 50
    assert len(parse(b": keep-alive\n\n" * 500 + b"data: a\n\n")) == 1
