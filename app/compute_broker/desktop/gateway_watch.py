"""The gateway as the shell has it: begun behind everything else, what goes wrong with it told once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from compute_broker import errands
from compute_broker.desktop.tasks import Tasks
from compute_broker.gateway.gateway import Gateway

if TYPE_CHECKING:
    from compute_broker.compose import Services


class GatewayWatch:
    """Runs from :meth:`start` to :meth:`close`. A child reads the token: the keyring's package stays out."""

    def __init__(
        self, services: Services, changed: Callable[[], None], problem: Callable[[str], None]
    ) -> None:
        """Do nothing yet. ``changed`` is called whenever anything of it does; ``problem`` when one arises."""
        read = partial(errands.read_keys, services.keys)
        self.gateway = Gateway(services.broker, services.settings, services.keys, read)
        self._changed, self._problem = changed, problem
        self._known = ""
        self._unsubscribe = self.gateway.subscribe(self._look)

    def start(self, tasks: Tasks) -> None:
        """Do as the settings say from now on, in a task: neither icon nor windows wait for it."""
        tasks.run(self.gateway.start())

    async def close(self) -> None:
        """Stop the prompts of programs, which are settled, and answer no more."""
        self._unsubscribe()
        await self.gateway.close()

    def _look(self) -> None:
        known, self._known = self._known, self.gateway.standing.problem
        self._changed()
        if self._known and self._known != known:
            self._problem(self._known)
