"""Buttons that say now this, now that, and are as wide as the longest of it: nothing beside them moves."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QSize, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from compute_broker.core.texts import tr
from compute_broker.desktop.announcing import announce

_SAID_MS = 2000
"""How long a button says that it has copied."""
_SECRET_HINT = "x-kde-passwordManagerHint"  # noqa: S105 - the name of a format, which KDE and KeePassXC use
"""Clipboard managers that know it keep no history of what comes with it."""


class SteadyButton(QPushButton):
    """A button with several texts, that Return does not press by itself."""

    def __init__(self, *texts: str) -> None:
        """Say the first of ``texts``."""
        super().__init__(texts[0])
        self._texts = texts
        self.setAutoDefault(False)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """As wide as with the longest of its texts."""
        metrics = self.fontMetrics()
        wide = max(metrics.horizontalAdvance(text) for text in self._texts)
        return super().sizeHint() + QSize(wide - metrics.horizontalAdvance(self.text()), 0)


class CopyButton(SteadyButton):
    """Puts what ``value`` returns on the clipboard, and says for a moment that it did."""

    def __init__(self, what: str, value: Callable[[], str], *, secret: bool = False) -> None:
        """``what`` is copied, for screen readers; a ``secret`` is marked as one."""
        super().__init__(tr("Copy"), tr("Copied"))
        self._what, self._value, self._secret = what, value, secret
        self.setAccessibleName(tr("Copy: {what}", what=what))
        self._said = QTimer(self, singleShot=True, interval=_SAID_MS)
        self._said.timeout.connect(lambda: self.setText(tr("Copy")))
        self.clicked.connect(self._copy)

    def _copy(self) -> None:
        content = QMimeData()
        content.setText(self._value())
        if self._secret:
            content.setData(_SECRET_HINT, b"secret")
        QGuiApplication.clipboard().setMimeData(content)
        self.setText(tr("Copied"))
        announce(self, tr("Copied: {what}", what=self._what))
        self._said.start()
