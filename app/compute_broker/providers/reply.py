"""The head of a reply: is it a stream at all?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from compute_broker.core.errors import Fault, ProviderError
from compute_broker.core.texts import tr
from compute_broker.providers.call import Call
from compute_broker.providers.faults import provider_error, read_complaint

if TYPE_CHECKING:
    import httpx2


async def refuse_what_is_no_stream(call: Call, response: httpx2.Response) -> None:
    """Read and raise what a reply means that is an error, a web page or a listing instead of an event stream.

    A missing or odd content type passes: some servers stream under ``text/plain``, and what is no event
    stream is noticed while it is read.

    Raises:
        ProviderError: as the server complained, which it may do with HTTP 200, or MALFORMED.
    """
    kind = response.headers.get("content-type", "").lower()
    if response.is_success and "json" not in kind and "html" not in kind:
        return
    body = _parsed(await response.aread())
    if not response.is_success or (isinstance(body, dict) and "error" in body):
        complaint = read_complaint(response.status_code, response.headers, body)
        raise provider_error(call.label, complaint, key=call.key)
    what = (
        tr("a web page; does this network want a log-in?")
        if "html" in kind
        else tr("something that is no answer")
    )
    raise ProviderError(Fault.MALFORMED, tr("{who} sent {what}", who=call.label, what=what))


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None
