"""What a program asks, whichever protocol it speaks, and why it may be refused."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from compute_broker.core.attachment import AttachmentError, Image, image
from compute_broker.core.errors import PersonError
from compute_broker.core.stream import Message, Role
from compute_broker.core.texts import tr

BAD_REQUEST, UNAUTHORISED, UNPAID, FORBIDDEN, NOT_FOUND = 400, 401, 402, 403, 404
TOO_LARGE, WRONG_TYPE, TOO_MANY, FAILED, BROKEN, NO_TIER = 413, 415, 429, 500, 502, 503
"""HTTP statuses. 402, as OpenRouter has it: clients try again after a 429, which a budget does not mend."""


class RefusalError(PersonError):
    """A request that is not answered: the HTTP ``status``, and a sentence with what to do.

    ``field`` is the place in the request that is meant, where there is one.
    """

    def __init__(self, status: int, sentence: str, field: str | None = None) -> None:
        """Refuse with this."""
        super().__init__(sentence)
        self.status, self.field = status, field


@dataclass(frozen=True, slots=True)
class Wanted:
    """One prompt with the turns before it. ``stream``: the answer is wanted piece by piece."""

    model: str
    history: tuple[Message, ...]
    prompt: str
    images: tuple[Image, ...] = ()
    stream: bool = False
    max_output_tokens: int | None = None
    usage_at_end: bool = True
    """Whether a stream tells its usage."""


def conversation(turns: list[Message], field: str) -> tuple[tuple[Message, ...], Message]:
    """Return the turns before the last one, and that one, which must be the person's.

    Raises:
        RefusalError: there is none, or it says nothing, or the model has the last word.
    """
    if not turns:
        raise RefusalError(
            BAD_REQUEST, tr("{field} is empty; there is nothing to answer.", field=field), field
        )
    last = turns[-1]
    if last.role is not Role.USER:
        raise RefusalError(
            BAD_REQUEST,
            tr("The last of {field} must be the user's: an answer is not gone on with here.", field=field),
            field,
        )
    if not last.text.strip() and not last.images:
        raise RefusalError(
            BAD_REQUEST,
            tr("The last of {field} says nothing; there is nothing to answer.", field=field),
            field,
        )
    return tuple(turns[:-1]), last


def picture(data: str, number: int, field: str) -> Image:
    """Return the image whose bytes ``data`` has in base64.

    Raises:
        RefusalError: it is no base64, or no image that providers take.
    """
    try:
        found = image(tr("image {number}", number=number), base64.b64decode(data, validate=True))
    except binascii.Error:
        raise RefusalError(BAD_REQUEST, tr("{field} is no base64.", field=field), field) from None
    except AttachmentError as error:
        raise RefusalError(BAD_REQUEST, str(error), field) from error
    if found is None:
        raise RefusalError(BAD_REQUEST, tr("{field} is no PNG, JPEG, WebP or GIF.", field=field), field)
    return found


def refuse_tools(field: str) -> RefusalError:
    """Return the refusal of tools: no tier is asked with tools so far."""
    return RefusalError(
        BAD_REQUEST,
        tr("{field}: tools are not passed on by this gateway; ask without them.", field=field),
        field,
    )


def refuse_unknown(field: str, value: Any) -> RefusalError:
    """Return the refusal of what would change the answer and is not passed on."""
    return RefusalError(
        BAD_REQUEST,
        tr(
            "{field} is {value}, which this gateway does not pass on; leave it out.",
            field=field,
            value=f"{value!r}",
        ),
        field,
    )
