"""The HTTP server: uvicorn on the program's own loop, at a port of this machine only."""

from __future__ import annotations

import errno
import socket
from importlib import import_module
from typing import TYPE_CHECKING

from compute_broker.config.gateway_settings import LOOPBACK
from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.texts import tr

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_KEEP_OTHERS_OUT: int = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
"""On Windows another program could take the port over; elsewhere one just left can be had at once."""
_CODE = ("compute_broker.gateway.app", "uvicorn", "uvicorn.protocols.http.h11_impl", "uvicorn.lifespan.off")
_LAST_SECONDS = 2
"""How long answers may take to end when the server stops; those of the broker are stopped before."""


def load() -> None:
    """Read the server's code, for 160 ms at the first time: in a thread, where a loop draws windows."""
    for name in _CODE:
        import_module(name)


class Server:
    """Listens from :meth:`start` to :meth:`stop`."""

    def __init__(self, listener: socket.socket) -> None:
        """Serve at a socket of :func:`listen`."""
        self._listener = listener

    async def start(self, app: ASGIApp) -> None:
        """Answer with ``app``."""
        import uvicorn  # noqa: PLC0415 - who does not want the gateway does not pay for it

        config = uvicorn.Config(
            app,
            loop="none",
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            date_header=False,  # it is brought up to date by a tick, which the program does without
            timeout_graceful_shutdown=_LAST_SECONDS,
        )
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        # Not serve(): that takes the signals away from the program, and wakes it ten times a second.
        await self._server.startup([self._listener])

    async def stop(self) -> None:
        """Let nobody in any more, and close what is open."""
        await self._server.shutdown([self._listener])


def listen(port: int) -> socket.socket:
    """Return a socket that listens at ``port`` of this machine; 0 takes any that is free.

    Raises:
        EnvironmentFaultError: it is taken, or not for us; the sentence says what to do.
    """
    # With its protocol named, which create_server does not: asyncio sends at once only over what it knows as
    # TCP, and each answer waited 40 ms for the other side's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, _KEEP_OTHERS_OUT, 1)
        listener.bind((LOOPBACK, port))
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            sentence = tr(
                "Port {port} is taken by another program: choose another one in Settings, Programs.",
                port=port,
            )
        else:
            sentence = tr(
                "Port {port} cannot be used ({why}): choose another one in Settings, Programs.",
                port=port,
                why=error.strerror or type(error).__name__,
            )
        raise EnvironmentFaultError(sentence) from error
    return listener
