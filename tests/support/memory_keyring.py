"""A keyring in memory, for tests of the code around keys. The real one is in ``secrets``."""

from __future__ import annotations

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    """Keeps passwords in a dict, and says what it was asked for."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return the password, or ``None``."""
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Store the password."""
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget the password, or say as the real ones do that there is none."""
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("no such password")
