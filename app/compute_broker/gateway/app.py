"""What is answered where: the models there are, and prompts in two protocols."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from compute_broker.broker.broker import Broker
from compute_broker.broker.events import AskOptions, Source
from compute_broker.config.gateway_settings import GatewaySettings
from compute_broker.config.schema import MOST_PROJECT
from compute_broker.core.stream import Message, Role
from compute_broker.core.texts import tr
from compute_broker.gateway.answering import Answering
from compute_broker.gateway.anthropic_dialect import AnthropicDialect
from compute_broker.gateway.dialect import Dialect, encoded
from compute_broker.gateway.guard import body_of, check_caller
from compute_broker.gateway.models import chosen, listed, one
from compute_broker.gateway.openai_dialect import OpenAIDialect
from compute_broker.gateway.telling import tell
from compute_broker.gateway.wanted import BAD_REQUEST, FAILED, NOT_FOUND, TOO_MANY, RefusalError, Wanted

MOST_AT_ONCE = 32
"""Prompts under way at the same time; who sends more hears so at once."""

PRIVATE, PROJECT = "x-private", "x-project"
"""Headers of ours: ``true`` keeps a prompt on this machine; a project's name, for its budget and its sums."""

ANY_METHOD = "GET HEAD POST PUT PATCH DELETE OPTIONS"

_log = logging.getLogger(__name__)

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Front:
    """What the routes share. ``underway`` are the prompts that are being answered."""

    broker: Broker
    settings: Callable[[], GatewaySettings]
    token: Callable[[], str]
    port: int
    underway: set[Answering]
    changed: Callable[[], None]
    """Called when the number of prompts under way changed."""

    def app(self) -> Starlette:
        """Return the ASGI application."""
        openai, anthropic = OpenAIDialect(), AnthropicDialect()
        return Starlette(
            routes=[
                self._route("/v1/models", "GET", openai, self._models),
                self._route("/v1/models/{name:path}", "GET", openai, self._model),
                self._route("/v1/chat/completions", "POST", openai, lambda r: self._ask(r, openai)),
                self._route("/v1/messages", "POST", anthropic, lambda r: self._ask(r, anthropic)),
                self._route("/v1/messages/count_tokens", "POST", anthropic, self._count),
                self._route("/{rest:path}", ANY_METHOD, openai, self._nothing),
            ],
        )

    def _route(self, path: str, methods: str, dialect: Dialect, handle: Handler) -> Route:
        async def answer(request: Request) -> Response:
            try:
                check_caller(request.headers, self.port, self.token())
                return await handle(request)
            except RefusalError as refusal:
                return refused(refusal, dialect)
            except ClientDisconnect:
                return Response()  # nobody is there to read it
            except Exception:  # noqa: BLE001 - a program gets a sentence, and the log what happened
                _log.exception("the gateway failed at %s", path)
                sentence = tr("Compute Broker failed; its log says more.")
                return refused(RefusalError(FAILED, sentence), dialect)

        return Route(path, answer, methods=methods.split())

    async def _models(self, request: Request) -> Response:  # noqa: ARG002 - a handler's signature
        rows = listed(self.broker.snapshot)
        ends = {"first_id": rows[0]["id"], "last_id": rows[-1]["id"], "has_more": False}
        return _json({"object": "list", "data": rows, **ends})

    async def _model(self, request: Request) -> Response:
        return _json(one(request.path_params["name"], self.broker.snapshot))

    async def _nothing(self, request: Request) -> Response:
        sentence = tr(
            "There is no {method} {path} here. There are: GET /v1/models, POST /v1/chat/completions, POST "
            "/v1/messages.",
            method=request.method,
            path=request.url.path,
        )
        raise RefusalError(NOT_FOUND, sentence)

    async def _count(self, request: Request) -> Response:
        body = await body_of(request)
        wanted = await asyncio.to_thread(AnthropicDialect().read, body)
        turns = (*wanted.history, Message(Role.USER, wanted.prompt, wanted.images))
        return _json({"input_tokens": sum(turn.tokens for turn in turns)})

    async def _ask(self, request: Request, dialect: Dialect) -> Response:
        if len(self.underway) >= MOST_AT_ONCE:
            raise RefusalError(
                TOO_MANY, tr("{most} prompts are under way; wait for one to end.", most=MOST_AT_ONCE)
            )
        body = await body_of(request)
        wanted = await asyncio.to_thread(dialect.read, body)  # images of many megabytes are unpacked
        options = self._options(wanted, request)
        await asyncio.to_thread(self._look_through, wanted)
        answering = Answering(self.broker.ask(wanted.prompt, options), request.receive)
        self.underway.add(answering)
        self.changed()
        return await tell(answering, wanted, dialect, lambda: self._over(answering))

    def _look_through(self, wanted: Wanted) -> None:
        """Apply the privacy rules in a thread: a program's texts may be long."""
        for text in (wanted.prompt, *(turn.text for turn in wanted.history)):
            self.broker.look_through(text)

    def _over(self, answering: Answering) -> None:
        self.underway.discard(answering)
        self.changed()

    def _options(self, wanted: Wanted, request: Request) -> AskOptions:
        choice = chosen(wanted.model, self.broker.snapshot, any_model=self.settings().any_model)
        project = request.headers.get(PROJECT, "").strip() or None
        if project is not None and len(project) > MOST_PROJECT:
            raise RefusalError(
                BAD_REQUEST,
                tr("{header} is longer than {most} signs.", header=PROJECT, most=MOST_PROJECT),
                PROJECT,
            )
        return AskOptions(
            source=Source.GATEWAY,
            mode=choice.mode,
            tier_id=choice.tier_id,
            private=_is_true(request.headers.get(PRIVATE, "")),
            history=wanted.history,
            project=project,
            attached=wanted.images,
            max_output_tokens=wanted.max_output_tokens,
        )


def refused(refusal: RefusalError, dialect: Dialect) -> Response:
    """Return a refusal as an HTTP answer. Clients are told not to try again by themselves."""
    headers = {"x-should-retry": "false"}
    return Response(encoded(dialect.refusal(refusal)), refusal.status, headers, media_type="application/json")


def _is_true(text: str) -> bool:
    """Return what a header says; what is no plain "no" counts as a yes, for privacy's sake."""
    return text.strip().lower() not in {"", "false", "0", "no"}


def _json(content: Any) -> Response:
    return Response(encoded(content), media_type="application/json")
