"""The life of the gateway: it listens while the settings say so, and has a token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from compute_broker.broker.broker import Broker
from compute_broker.config.gateway_settings import TOKEN_KEY, GatewaySettings, base_url
from compute_broker.config.keys import KeyStore
from compute_broker.config.store import SettingsStore
from compute_broker.core.errors import EnvironmentFaultError, NoKeyringError
from compute_broker.core.listeners import Listeners
from compute_broker.gateway.answering import Answering
from compute_broker.gateway.server import Server, listen, load
from compute_broker.gateway.token import new_token

_log = logging.getLogger(__name__)

ReadKeys = Callable[[Collection[str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether it listens: at ``address``, the base URL for programs; else ``problem`` says why not.

    Both are empty while it is switched off. ``kept`` tells whether the token outlives the program.
    """

    address: str = ""
    problem: str = ""
    kept: bool = True


class Gateway:
    """Follows the settings from :meth:`start` to :meth:`close`; one object serves one event loop."""

    def __init__(
        self, broker: Broker, settings: SettingsStore, keys: KeyStore, read_keys: ReadKeys | None = None
    ) -> None:
        """Do nothing yet. ``read_keys`` has a key read into ``keys``, where that is not done in a thread."""
        self._broker, self._settings, self._keys = broker, settings, keys
        self._read_keys = read_keys or self._read_in_thread
        self._listeners = Listeners()
        self._changing = asyncio.Lock()
        self._stop_listening: Callable[[], None] = lambda: None
        self._following: set[asyncio.Task[None]] = set()
        self._server: Server | None = None
        self._port = 0
        self._token = ""
        self._always, self._other_port = False, 0
        self._underway: set[Answering] = set()
        self.standing = Standing()

    # -- what views read ----------------------------------------------------------------------

    @property
    def token(self) -> str:
        """What programs give as their API key; empty before it was read or made."""
        return self._token

    @property
    def busy(self) -> bool:
        """Whether a program's prompt is under way."""
        return bool(self._underway)

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` on the loop when anything of this changed; return the way to stop that."""
        return self._listeners.add(listener)

    # -- life ---------------------------------------------------------------------------------

    async def start(self, *, always: bool = False, port: int = 0) -> None:
        """Do as the settings say, and as they will say.

        With ``always`` it listens whether they switch it on or not, at another ``port`` where one is given.
        """
        self._always, self._other_port = always, port
        self._stop_listening = self._settings.subscribe(self._settings_changed)
        await self.follow()

    async def close(self) -> None:
        """Stop the prompts under way, which are settled, and listen no more. Closing twice does nothing."""
        self._stop_listening()
        for task in self._following:
            task.cancel()
        if self._following:
            await asyncio.wait(self._following)
        async with self._changing:
            await self._stop()

    async def follow(self) -> None:
        """Listen, or stop, as the settings say now; what goes wrong is in :attr:`standing`."""
        async with self._changing:
            wanted = self._settings.current.gateway
            enabled, port = wanted.enabled or self._always, self._other_port or wanted.port
            if self._server is not None and enabled and port == self._port:
                return
            await self._stop()
            if enabled:
                await self._listen(port)
            self._listeners.tell()

    async def find_token(self) -> None:
        """Have :attr:`token`: the one that was kept, or a first one."""
        if self._token:
            return
        await self._read_keys({TOKEN_KEY})
        found = await asyncio.to_thread(self._keys.get, TOKEN_KEY)
        if found:
            self._token = found
        else:
            await self.renew_token()

    async def renew_token(self) -> None:
        """Make another token: programs that have the old one are not answered any more.

        Without a keyring it holds until the program ends: see :attr:`Standing.kept`.
        """
        self._token = token = new_token()
        kept = True
        try:
            await asyncio.to_thread(self._keys.set, TOKEN_KEY, token)
        except NoKeyringError:
            self._keys.set(TOKEN_KEY, token, session_only=True)
            kept = False
        self.standing = Standing(self.standing.address, self.standing.problem, kept)
        self._listeners.tell()

    async def _listen(self, port: int) -> None:
        await asyncio.gather(self.find_token(), asyncio.to_thread(load))
        try:
            listener = listen(port)
        except EnvironmentFaultError as error:
            self.standing = Standing(problem=str(error), kept=self.standing.kept)
            return
        from compute_broker.gateway.app import Front  # noqa: PLC0415 - only who listens pays for it

        self._port = port
        at = listener.getsockname()[1]
        front = Front(
            self._broker, self._asked_for, lambda: self._token, at, self._underway, self._listeners.tell
        )
        server = Server(listener)
        await server.start(front.app())
        self._server = server
        self.standing = Standing(base_url(at), kept=self.standing.kept)
        _log.info("the gateway listens at port %d", at)

    async def _stop(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await asyncio.gather(*(answering.end() for answering in list(self._underway)))
            await server.stop()
        self.standing = Standing(kept=self.standing.kept)

    async def _read_in_thread(self, names: Collection[str]) -> None:
        await asyncio.to_thread(self._keys.load, names)

    def _asked_for(self) -> GatewaySettings:
        return self._settings.current.gateway

    def _settings_changed(self) -> None:
        task = asyncio.ensure_future(self.follow())
        self._following.add(task)
        task.add_done_callback(self._following.discard)
