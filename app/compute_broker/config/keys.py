"""Keys: in the system keyring, for this session only, or in an environment variable. Never in a file.

Reading the keyring may take a while (a D-Bus call, an unlock dialogue), so :meth:`KeyStore.load` is
made for a worker thread; afterwards :meth:`KeyStore.get` answers from memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from compute_broker.core.errors import NoKeyringError
from compute_broker.core.texts import tr

SERVICE = "compute-broker"
_CONVENTIONAL = {
    "anthropic": "ANTHROPIC_API_KEY",
    "openrouter": "OPENROUTER_API_KEY",
    "openai": "OPENAI_API_KEY",
}


def environment_names(name: str) -> tuple[str, ...]:
    """Return the environment variables read for a key: ours first, then the provider's own."""
    ours = "COMPUTE_BROKER_KEY_" + re.sub(r"[^A-Z0-9]", "_", name.upper())
    return (ours, _CONVENTIONAL[name]) if name in _CONVENTIONAL else (ours,)


class KeyStore:
    """The keys by name, such as ``anthropic``."""

    def __init__(self) -> None:
        """Read nothing yet."""
        self._session: dict[str, str] = {}
        self._seen: dict[str, str | None] = {}
        self._problem: str | None = None

    @property
    def problem(self) -> str | None:
        """Why keys cannot be kept, in a sentence; ``None`` when all is well or nothing was tried yet."""
        return self._problem

    def load(self, names: Iterable[str]) -> None:
        """Read these keys from the keyring into memory. Blocking; call from a worker thread."""
        for name in names:
            self._seen[name] = self._read(name)

    def read(self) -> dict[str, str | None]:
        """Return what :meth:`load` read: keys by name, ``None`` where there is none."""
        return dict(self._seen)

    def adopt(self, found: Mapping[str, str | None], problem: str | None) -> None:
        """Take over what another :class:`KeyStore` read from the same keyring."""
        self._seen.update(found)
        self._problem = problem

    def get(self, name: str) -> str | None:
        """Return a key: this session's, the keyring's, or the environment's, in that order.

        Blocks on the keyring the first time a name is asked for that :meth:`load` has not read.
        """
        if name in self._session:
            return self._session[name]
        if name not in self._seen:
            self.load([name])
        return self._seen[name] or self.from_environment(name)

    def secrets(self) -> list[str]:
        """Return every key in memory, for the log to take out. Never blocks."""
        kept = [value for value in self._seen.values() if value]
        named = [self.from_environment(name) for name in self._seen]
        return [*self._session.values(), *kept, *(value for value in named if value)]

    def where(self, name: str) -> str | None:
        """Return where a key comes from, for a person: never the key."""
        if name in self._session:
            return tr("this session only")
        if name not in self._seen:
            self.load([name])
        if self._seen[name]:
            return tr("the system keyring")
        variable = next((v for v in environment_names(name) if os.environ.get(v)), None)
        return tr("the environment variable {variable}", variable=variable) if variable else None

    def forgettable(self, name: str) -> bool:
        """Return whether there is a key that :meth:`forget` would take away; not one of the environment.

        Blocks as :meth:`where` does.
        """
        return self.where(name) is not None and (name in self._session or bool(self._seen[name]))

    @staticmethod
    def from_environment(name: str) -> str | None:
        """Return the key in the environment, if any."""
        return next((os.environ[v] for v in environment_names(name) if os.environ.get(v)), None)

    def set(self, name: str, value: str, *, session_only: bool = False) -> None:
        """Keep a key. Blocking unless ``session_only``.

        Raises:
            NoKeyringError: there is no usable keyring; the text gives the two explicit choices.
        """
        value = value.strip()
        if not value:
            raise NoKeyringError(tr("The key is empty; paste the key itself."))
        if session_only:
            self._session[name] = value
            return
        import keyring  # noqa: PLC0415 - 70 ms that only a key needs
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            keyring.set_password(SERVICE, name, value)
        except (KeyringError, RuntimeError, OSError) as error:
            self._problem = self._no_keyring(name)
            raise NoKeyringError(self._problem) from error
        self._session.pop(name, None)
        self._seen[name] = value

    def delete(self, name: str) -> None:
        """Forget a key everywhere we keep it. Blocking; missing is fine."""
        self._session.pop(name, None)
        self._seen[name] = None
        import keyring  # noqa: PLC0415 - as in set
        from keyring.errors import KeyringError, PasswordDeleteError  # noqa: PLC0415

        try:
            keyring.delete_password(SERVICE, name)
        except PasswordDeleteError:
            return
        except (KeyringError, RuntimeError, OSError) as error:
            raise NoKeyringError(self._no_keyring(name)) from error

    def _read(self, name: str) -> str | None:
        import keyring  # noqa: PLC0415 - as in set
        from keyring.errors import KeyringError  # noqa: PLC0415

        try:
            value = keyring.get_password(SERVICE, name)
        except (KeyringError, RuntimeError, OSError):
            self._problem = self._no_keyring(name)
            return None
        self._problem = None
        return value

    @staticmethod
    def _no_keyring(name: str) -> str:
        return tr(
            "There is no usable system keyring, and keys are never written to a file. Keep "
            "the key for this session only, or set {environment_names} in the environment.",
            environment_names=environment_names(name)[0],
        )
