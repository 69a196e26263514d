"""Where settings and data live: the system's usual folders, or one folder of the person's choice."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.core.texts import tr

HOME_VARIABLE = "COMPUTE_BROKER_HOME"


@dataclass(frozen=True, slots=True)
class Home:
    """The program's folders. Nothing is created until :meth:`prepare`."""

    config: Path
    data: Path

    @classmethod
    def find(cls) -> Home:
        """Return ``COMPUTE_BROKER_HOME`` for both, or the platform's folders for each."""
        chosen = os.environ.get(HOME_VARIABLE)
        if chosen:
            folder = Path(chosen).expanduser().absolute()
            return cls(folder, folder)
        from platformdirs import PlatformDirs  # noqa: PLC0415 - not needed when a home is given

        dirs = PlatformDirs("compute-broker", appauthor=False)
        return cls(Path(dirs.user_config_dir), Path(dirs.user_data_dir))

    @property
    def settings(self) -> Path:
        """The one settings file, for a person to edit."""
        return self.config / "settings.toml"

    @property
    def last_good_settings(self) -> Path:
        """The settings as they were when they last made sense."""
        return self.data / "settings.last-good.toml"

    @property
    def settings_lock(self) -> Path:
        """Held by whoever changes the settings file."""
        return self.data / "settings.lock"

    @property
    def ledger(self) -> Path:
        """The SQLite file that remembers all of it."""
        return self.data / "ledger.sqlite"

    @property
    def backups(self) -> Path:
        """The ledger's daily copies."""
        return self.data / "backups"

    @property
    def catalog(self) -> Path:
        """The price catalog as it was last updated; there only where the person wants updates."""
        return self.data / "price-catalog.json"

    @property
    def welcomed(self) -> Path:
        """Empty; there once the person has seen the welcome."""
        return self.data / "welcomed"

    @property
    def log(self) -> Path:
        """The rotating log."""
        return self.data / "compute-broker.log"

    def prepare(self) -> None:
        """Make both folders, readable by their owner alone.

        Raises:
            EnvironmentFaultError: a folder cannot be made; the text names it.
        """
        for folder in (self.config, self.data):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise EnvironmentFaultError(
                    tr(
                        "The folder {folder} cannot be made ({strerror}); mend that, or set "
                        "{home_variable} to a folder of yours.",
                        folder=folder,
                        strerror=error.strerror,
                        home_variable=HOME_VARIABLE,
                    )
                ) from error
