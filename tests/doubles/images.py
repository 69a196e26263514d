"""Images as the doubles take them: the documented shapes, judged as the providers judge them, and counted."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator, Mapping
from typing import Any

SIGNS = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/gif": b"GIF8",
    "image/webp": b"RIFF",
}
MOST_BASE64 = 5_000_000
MOST_EDGE = 8000


def anthropic_complaint(body: Mapping[str, Any]) -> str:
    """Return what the Messages API would say of the images in ``body``; empty when nothing."""
    for block in _blocks(body):
        if block.get("type") == "text" and not block.get("text"):
            return "messages: text content blocks must be non-empty"
        if block.get("type") != "image":
            continue
        source = block.get("source", {})
        if source.get("type") != "base64":
            return "messages.content.image.source: only base64 is known here"
        if complaint := _complaint(source.get("media_type"), source.get("data")):
            return complaint
    return ""


def openai_complaint(body: Mapping[str, Any]) -> str:
    """Return what a server of OpenAI's dialect would say of the parts in ``body``; empty when nothing."""
    for part in _blocks(body):
        if part.get("type") not in {"text", "image_url"}:
            return f"unknown content part {part.get('type')!r}"
        if part["type"] == "image_url":
            url = part["image_url"]["url"]
            head, _, data = url.partition(";base64,")
            if not head.startswith("data:"):
                return "image_url: no data URL"
            if complaint := _complaint(head.removeprefix("data:"), data):
                return complaint
    return ""


def image_tokens(body: Mapping[str, Any]) -> int:
    """Return what the images in ``body`` are billed as: width x height / 750, rounded up."""
    sizes = [
        struct.unpack_from(">II", data, 16) for data in images_of(body) if data.startswith(SIGNS["image/png"])
    ]
    return sum(-(-width * height // 750) for width, height in sizes)


def images_of(body: Mapping[str, Any]) -> list[bytes]:
    """Return the images in ``body``, in either shape."""
    found = []
    for part in _blocks(body):
        if part.get("type") == "image":
            found.append(base64.b64decode(part["source"]["data"]))
        elif part.get("type") == "image_url":
            found.append(base64.b64decode(part["image_url"]["url"].partition(";base64,")[2]))
    return found


def text_of(content: Any) -> str:
    """Return the text of a turn, whether it is one string or parts."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def _blocks(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for turn in body.get("messages", ()):
        if not isinstance(turn["content"], str):
            yield from turn["content"]


def _complaint(kind: Any, data: Any) -> str:
    if kind not in SIGNS:
        return f"media_type: {kind!r} is not supported"
    try:
        raw = base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError):
        return "image: invalid base64 data"
    if not raw.startswith(SIGNS[kind]):
        return f"image: the data is no {kind}"
    if len(data) > MOST_BASE64:
        return f"image exceeds 5 MB maximum: {len(data)} bytes"
    if kind == "image/png" and max(struct.unpack_from(">II", raw, 16)) > MOST_EDGE:
        return "image dimensions exceed max allowed size: 8000 pixels"
    return ""
