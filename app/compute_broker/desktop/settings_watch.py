"""Follows the settings file while the program runs: an editor and the command line change it too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from compute_broker.desktop.tasks import Tasks

SETTLE_MS = 150
"""An editor saves in several steps, which are read as one. Nobody calls so short a wait a delay."""


class SettingsWatch(QObject):
    """Calls ``follow`` soon after the file changed, however it was changed.

    Editors write another file and put it in the place of the old one, so the folder is watched beside the
    file; where either is a link, what it leads to is watched as well. What is watched may come and go. Where
    the system tells of no changes (a folder on the network), :meth:`look` does, whenever somebody looks.
    """

    def __init__(self, path: Path, follow: Callable[[], Awaitable[None]], tasks: Tasks) -> None:
        """Watch ``path``; :meth:`stop` ends that."""
        super().__init__()
        self._path, self._follow, self._tasks = path, follow, tasks
        self._looking = self._again = False
        self._soon = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._soon.timeout.connect(self.look)
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._changed)
        self._watcher.directoryChanged.connect(self._changed)
        self._watch()

    def look(self) -> None:
        """Follow the file now. One look at a time: what comes meanwhile is looked at afterwards."""
        self._soon.stop()
        self._again = self._looking
        if not self._looking:
            self._looking = True
            self._tasks.run(self._look())

    def stop(self) -> None:
        """Watch nothing any more."""
        self._soon.stop()
        if watched := self._watched():
            self._watcher.removePaths(watched)

    def _changed(self, _path: str) -> None:
        self._watch()
        if not self._soon.isActive():  # it runs on while changes come, or a busy folder would put it off
            self._soon.start()

    async def _look(self) -> None:
        try:
            await self._follow()
        finally:
            self._looking = False
            if self._again:
                self.look()

    def _watched(self) -> list[str]:
        return self._watcher.files() + self._watcher.directories()

    def _watch(self) -> None:
        """Watch what there is of the file, its folder, and what they lead to."""
        if files := self._watcher.files():
            self._watcher.removePaths(files)  # by now another file may have that name
        real = self._path.resolve()
        wanted = {str(each) for file in (self._path, real) for each in (file, file.parent) if each.exists()}
        if missing := wanted - set(self._watched()):
            self._watcher.addPaths(sorted(missing))
