"""The life of the built-in engine: started by the first prompt, shared by all, stopped when idle.

One object lives on one event loop, whichever that is. Blocking work (starting and ending the child)
runs in threads, so that neither a window nor a gateway waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from compute_broker.core.quote import Availability, State
from compute_broker.core.texts import tr
from compute_broker.providers.builtin.model import MODEL_NAME, find_model, what_is_missing
from compute_broker.providers.builtin.process import (
    EngineOrder,
    EngineProcess,
    EngineStartError,
    sensible_threads,
)

IDLE_SECONDS = 300.0
"""How long an engine that nobody asks keeps its 360 MB (measured) before it is stopped."""

CONTEXT_TOKENS = 8192
"""What SmolLM2-135M was trained with; the whole of it loads in 0.45 s on two cores (measured)."""

RETRY_AFTER = timedelta(seconds=30)
"""How long a failed start keeps the tier down before it may be tried again."""

_log = logging.getLogger(__name__)


class Engine:
    """The child process as one shared, lazily started thing. ``lease`` is how to use it."""

    def __init__(
        self,
        *,
        model: Path | None = None,
        idle_seconds: float = IDLE_SECONDS,
        context_tokens: int = CONTEXT_TOKENS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Look where the model is; nothing is started. ``idle_seconds`` 0 stops after each answer."""
        self._model = model or find_model()
        self._missing = what_is_missing(self._model)
        self._idle_seconds = idle_seconds
        self._context_tokens = context_tokens
        self._now = now
        self._process: EngineProcess | None = None
        self._url = ""
        self._start: asyncio.Task[str] | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._endings: set[asyncio.Task[None]] = set()
        self._in_use = 0
        self._failure = ""
        self._failed_at: datetime | None = None
        self._closed = False
        self.tokens_per_second: float | None = None
        """The speed of the last answer; ``None`` before the first."""

    @property
    def token(self) -> str:
        """The token that the running server wants; empty when none runs."""
        return self._process.token if self._process else ""

    @property
    def pid(self) -> int | None:
        """The process id of the running child, ``None`` when none runs."""
        return self._process.pid if self._process and self._process.alive else None

    def state(self) -> Availability:
        """Tell how things stand, without I/O: safe at every redraw."""
        state, reason = self._state()
        return Availability(
            state=state,
            reason=reason,
            as_of=self._now(),
            model=MODEL_NAME,
            context_tokens=self._context_tokens,
            tokens_per_second=self.tokens_per_second,
            retry_at=self._failed_at + RETRY_AFTER if state is State.DOWN and self._failed_at else None,
        )

    async def ensure_started(self) -> str:
        """Return the base URL of a running server, starting it when none runs. Callers share one start.

        Raises:
            EngineStartError: something is not installed, or the child did not come up.
        """
        if self._missing or self._closed:
            raise EngineStartError(self._missing or tr("the built-in engine is closed"))
        if self._start is None and self.pid is not None:
            return self._url
        if self._start is None:
            self._start = asyncio.create_task(self._bring_up())
        return await asyncio.shield(self._start)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[str]:
        """Keep the engine running for the block; yield its base URL. The idle clock starts at the end."""
        self._cancel_idle_stop()
        self._in_use += 1
        try:
            yield await self.ensure_started()
        finally:
            self._in_use -= 1
            self._schedule_idle_stop()

    def give_up(self, token: str) -> None:
        """Drop the child that has ``token``, since it broke a connection: the next prompt starts another.

        A dying process closes its connections a moment before it can be seen to be dead.
        """
        if self._process is not None and self._process.token == token and self._start is None:
            self._let_go()

    async def close(self) -> None:
        """End the child and wait until it is gone. Leases that are still held will see it go."""
        self._closed = True
        self._cancel_idle_stop()
        if self._start is not None:
            if self._process is not None:
                self._process.kill()
            await asyncio.gather(self._start, return_exceptions=True)
        self._let_go()
        if self._endings:
            await asyncio.wait(self._endings)

    def _state(self) -> tuple[State, str]:
        if self._missing:
            return State.DOWN, self._missing
        if self._start is not None:
            return State.LOADING, tr("the built-in model is being loaded, which takes about a second")
        if self.pid is not None and self._in_use:
            return State.BUSY, tr("the built-in model is answering; the next prompt waits its turn")
        if self.pid is not None:
            return State.READY, tr("the built-in model is loaded")
        if self._failed_at and self._now() < self._failed_at + RETRY_AFTER:
            return State.DOWN, self._failure
        return State.COLD, tr("the built-in model is loaded by the first prompt, in about a second")

    async def _bring_up(self) -> str:
        try:
            if self._process is not None:
                _log.info("the built-in engine had ended and is started again")
                self._let_go()
            self._url = await asyncio.to_thread(self._start_process)
        except EngineStartError as error:
            self._failure, self._failed_at = str(error), self._now()
            self._let_go()
            raise
        else:
            self._failure, self._failed_at = "", None
            return self._url
        finally:
            self._start = None

    def _start_process(self) -> str:
        if self._model is None:
            raise EngineStartError(self._missing)
        self._process = EngineProcess(EngineOrder(self._model, self._context_tokens, sensible_threads()))
        return self._process.wait_ready()

    def _let_go(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            ending = asyncio.create_task(asyncio.to_thread(process.end))
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)

    def _schedule_idle_stop(self) -> None:
        if not self._in_use and not self._closed and self._process is not None:
            self._cancel_idle_stop()
            self._idle = asyncio.get_running_loop().call_later(self._idle_seconds, self._let_go)

    def _cancel_idle_stop(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
