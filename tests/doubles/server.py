"""A small HTTP/1.1 server on loopback in its own thread: what all doubles are made of.

It has a loop of its own, so that the same double serves an asynchronous test, an ordinary one, and a
child process. One request a connection; a caller that hangs up is noticed at once.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Self

from doubles.script import PATIENCE, Failure, Gate, Item, Raw, Reply, Silence


@dataclass
class Seen:
    """One request as it arrived. Header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    disconnected: threading.Event = field(default_factory=threading.Event)
    """Set when the caller hung up before the answer was complete."""

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)

    @property
    def token(self) -> str | None:
        """The key that came along, in whichever header."""
        bearer = self.headers.get("authorization", "")
        if bearer.lower().startswith("bearer "):
            return bearer[7:]
        return self.headers.get("x-api-key")

    async def hung_up(self) -> None:
        """Wait until the caller has hung up (for asynchronous tests)."""
        assert await asyncio.to_thread(self.disconnected.wait, PATIENCE), "the caller never hung up"


class Hangup(Exception):  # noqa: N818 - not an error: a caller who leaves
    """The caller is gone."""


class Out:
    """The way back to the caller."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._chunked = False
        self.complete = False

    async def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Send the head; the body follows with ``send`` and ``end``."""
        lines = {"connection": "close", **{name.lower(): value for name, value in headers.items()}}
        self._chunked = "content-length" not in lines
        if self._chunked:
            lines["transfer-encoding"] = "chunked"
        phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else "Unknown"
        head = f"HTTP/1.1 {status} {phrase}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items()) + "\r\n"
        await self._write(head.encode())

    async def send(self, data: bytes) -> None:
        """Send a piece of the body."""
        if data:
            await self._write(b"%x\r\n%b\r\n" % (len(data), data) if self._chunked else data)

    async def end(self) -> None:
        """The body is complete."""
        if self._chunked:
            await self._write(b"0\r\n\r\n")
        self.complete = True

    def cut(self) -> None:
        """Break the connection in the middle of the body. What was sent before still arrives."""
        self.complete = True
        self._writer.close()

    async def json(self, body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Send a complete JSON answer."""
        data = json.dumps(body).encode()
        await self.begin(
            status,
            {"content-type": "application/json", "content-length": str(len(data)), **(headers or {})},
        )
        await self.send(data)
        await self.end()

    async def raw(self, item: Raw) -> None:
        """Send scripted bytes."""
        await self.begin(item.status, item.headers)
        for chunk in item.chunks:
            if chunk is None:
                self.cut()
                return
            if isinstance(chunk, Gate):
                await chunk.passed()
            else:
                await self.send(chunk)
        await self.end()

    async def _write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise Hangup from error


class HttpDouble:
    """A scripted server. Use as ``with Double() as double:``; ``double.url`` is where it listens."""

    default_port = 0
    prefix = ""
    """What belongs to the base URL beyond host and port, such as ``/api/v1``."""

    def __init__(self, *, key: str | None = None, port: int = 0) -> None:
        self.key = key
        """When set, every request must carry it; otherwise any key, or none, will do."""
        self.tls: ssl.SSLContext | None = None
        """Set before it starts: it then speaks TLS with this certificate, and nothing else."""
        self.requests: list[Seen] = []
        self.answer: Callable[[str], str] = lambda prompt: f"You said: {prompt}"
        """What unscripted prompts get. May block: it runs in a thread of its own."""
        self._script: list[tuple[str | None, Item]] = []
        self._arrived = threading.Condition()
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._server: asyncio.Server | None = None

    # for the test

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{'http' if self.tls is None else 'https'}://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The base URL to put into a tier's settings."""
        return self.origin + self.prefix

    @property
    def chats(self) -> list[Seen]:
        """The requests that asked for an answer, in order of arrival."""
        return [seen for seen in self.requests if self.is_chat(seen)]

    def enqueue(self, *items: Item, model: str | None = None) -> None:
        """Script the next answers; with ``model``, only requests for that model take them."""
        self._script.extend((model, item) for item in items)

    @property
    def left(self) -> int:
        """Scripted items that nobody has asked for yet."""
        return len(self._script)

    def wait_chat(self, number: int = 1) -> Seen:
        """Return the ``number``-th request for an answer, waiting for it."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.chats) >= number, PATIENCE), "nobody asked"
        return self.chats[number - 1]

    async def chat(self, number: int = 1) -> Seen:
        """Return the ``number``-th request for an answer, waiting for it without blocking the loop."""
        return await asyncio.to_thread(self.wait_chat, number)

    def start(self) -> Self:
        """Listen. A port of 0 takes a free one."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._run, args=(self._loop,), name=type(self).__name__, daemon=True
        )
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE)
        return self

    def stop(self) -> None:
        """Hang up on everybody and end."""
        assert self._loop is not None
        assert self._thread is not None
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # for the doubles

    def is_chat(self, seen: Seen) -> bool:
        """Tell whether the request asks for an answer."""
        raise NotImplementedError

    async def handle(self, seen: Seen, out: Out) -> None:
        """Answer one request."""
        raise NotImplementedError

    def failure(self, item: Failure) -> dict[str, Any]:
        """Return the body of an error in the shape of this protocol."""
        raise NotImplementedError

    def next_item(self, model: str | None) -> Item:
        """Return what the script has for ``model``, or an ordinary reply."""
        for position, (wanted, item) in enumerate(self._script):
            if wanted is None or wanted == model:
                del self._script[position]
                return item
        return Reply()

    async def spoken(self, reply: Reply, prompt: str) -> str:
        """Return the text of a reply."""
        return reply.text if reply.text is not None else await asyncio.to_thread(self.answer, prompt)

    async def misbehave(self, item: Item, out: Out) -> Reply | None:
        """Do what is no reply, and return a reply as it is."""
        if isinstance(item, Reply):
            return item
        if isinstance(item, Raw):
            await out.raw(item)
        elif isinstance(item, Failure):
            await out.json(self.failure(item), item.status, item.headers)
        else:
            assert isinstance(item, Silence)
            await asyncio.Event().wait()
        return None

    # the machinery

    @staticmethod
    def _run(loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        loop.run_forever()

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self._port, limit=2**25, ssl=self.tls
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def _shut(self) -> None:
        assert self._server is not None
        await _turns()  # whoever knocked before is let in: asyncio would leak one that is half accepted
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await _turns()  # and whoever was sent away has been let go of
        await asyncio.get_running_loop().shutdown_default_executor()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            seen = await self._read(reader)
            if seen is not None:
                await self._answer(seen, reader, writer)
        except (Hangup, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, seen: Seen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._arrived:
            self.requests.append(seen)
            self._arrived.notify_all()
        out = Out(writer)
        working = asyncio.ensure_future(self.handle(seen, out))
        leaving = asyncio.ensure_future(self._watch(reader))
        try:
            await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                seen.disconnected.set()
            elif working.exception() is not None:
                if not isinstance(working.exception(), Hangup):
                    raise working.exception() or Hangup
                seen.disconnected.set()
        finally:
            for part in (working, leaving):
                part.cancel()
            await asyncio.gather(working, leaving, return_exceptions=True)

    async def _watch(self, reader: asyncio.StreamReader) -> None:
        try:
            while await reader.read(2**16):
                pass
        except OSError:
            pass

    async def _read(self, reader: asyncio.StreamReader) -> Seen | None:
        try:
            return await self._seen(reader)
        except (asyncio.IncompleteReadError, OSError):
            return None  # the caller left, or was killed, before all was said

    @staticmethod
    async def _seen(reader: asyncio.StreamReader) -> Seen:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {}
        for line in filter(None, lines):
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path, _, query = target.partition("?")
        return Seen(method, path, query, headers, body)


def run_by_hand(make: Callable[..., HttpDouble], arguments: Sequence[str] | None = None) -> None:
    """Start a double from the command line, print its URL, and serve until interrupted."""
    parser = argparse.ArgumentParser(description=make.__doc__)
    parser.add_argument("--port", type=int, default=getattr(make, "default_port", 0))
    parser.add_argument("--key", default=None, help="demand this key")
    chosen = parser.parse_args(arguments)
    with make(port=chosen.port, key=chosen.key) as double:
        print(double.url, flush=True)  # noqa: T201 - this is what it is started for
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


async def _turns() -> None:
    """Let the loop go round as often as a connection takes from being accepted to being served, or closed."""
    for _ in range(6):
        await asyncio.sleep(0)
