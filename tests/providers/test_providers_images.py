"""Images through the door: each protocol's documented shape, judged and counted by the doubles."""

from __future__ import annotations

import base64

import pytest

from compute_broker.core.attachment import image
from compute_broker.core.errors import Fault
from compute_broker.core.stream import Message, Role
from doubles.images import image_tokens, images_of
from doubles.lmstudio_api import LMStudioDouble
from doubles.local_servers import LlamaServerDouble, OllamaDouble, VllmDouble
from doubles.openrouter_api import OpenRouterDouble
from doubles.tiers import request_to, tier_at
from support.pictures import png

PICTURE = image("shot.png", png(300, 250))
assert PICTURE is not None
TURNS = (
    Message(Role.USER, "What is on it?", (PICTURE, PICTURE)),
    Message(Role.ASSISTANT, "A grey field."),
    Message(Role.USER, "How grey?"),
)
EVERY = [OpenRouterDouble, LMStudioDouble, OllamaDouble, LlamaServerDouble, VllmDouble]


async def test_anthropic_gets_blocks_of_base64_before_the_text(anthropic, ask) -> None:
    answer = await ask(request_to(tier_at(anthropic), messages=TURNS))
    first, _, last = anthropic.chats[0].json["messages"]
    kinds = [block["type"] for block in first["content"]]
    assert kinds == ["image", "image", "text"]
    assert first["content"][0]["source"] == {
        "type": "base64",
        "media_type": "image/png",
        "data": base64.b64encode(PICTURE.data).decode(),
    }
    assert last == {"role": "user", "content": "How grey?"}
    assert answer.end.usage.input_tokens >= 2 * 100


@pytest.mark.parametrize("make", EVERY, ids=lambda make: make.__name__)
async def test_the_openai_dialects_get_data_urls_after_the_text(make, start, ask) -> None:
    double = start(make)
    answer = await ask(request_to(tier_at(double), messages=TURNS))
    body = double.chats[0].json
    text, *pictures = body["messages"][0]["content"]
    assert text == {"type": "text", "text": "What is on it?"}
    url = f"data:image/png;base64,{base64.b64encode(PICTURE.data).decode()}"
    assert pictures == [{"type": "image_url", "image_url": {"url": url}}] * 2
    assert body["messages"][2]["content"] == "How grey?"
    assert images_of(body) == [PICTURE.data] * 2
    assert answer.end.usage.input_tokens >= image_tokens(body) == 200


async def test_an_image_that_is_none_is_the_servers_complaint(anthropic, ask) -> None:
    broken = Message(Role.USER, "Look", (PICTURE.__class__("x.png", b"no image", "image/png", 1, 1),))
    fault = (await ask(request_to(tier_at(anthropic), messages=(broken,)))).fault
    assert fault.fault is Fault.BAD_REQUEST
    assert "the data is no image/png" in str(fault)
