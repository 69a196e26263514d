"""Addresses on loopback that are dead in the three ways there are: hanging, silent, refused."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

_MOST_TRIES = 64


@contextmanager
def hanging_port() -> Iterator[str]:
    """Yield the address of a socket whose backlog is full: connecting hangs, as to a black hole."""
    with ExitStack() as stack:
        server = stack.enter_context(closing(socket.socket()))
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        address = server.getsockname()
        for _ in range(_MOST_TRIES):
            filler = stack.enter_context(closing(socket.socket()))
            filler.settimeout(0.2)
            try:
                filler.connect(address)
            except TimeoutError:
                break
        else:
            raise AssertionError("the backlog never filled up")
        yield f"http://127.0.0.1:{address[1]}"


@contextmanager
def silent_port() -> Iterator[str]:
    """Yield the address of a socket that accepts every connection and never says a word."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def refused_port() -> Iterator[str]:
    """Yield an address at which nobody listens: its port is held, so that nobody else takes it."""
    with closing(socket.socket()) as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{holder.getsockname()[1]}"
