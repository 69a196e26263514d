"""Colours, spacing and fonts, in light and dark, shared by the menu and by every window.

A window takes its figures from here and follows :attr:`Theme.changed`; nothing else knows a colour.
Texts keep at least 4.5 : 1 against every background they may stand on (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from compute_broker.desktop.colours import DARK, LIGHT, Colours
from compute_broker.desktop.stylesheet import stylesheet

Choice = Literal["system", "light", "dark"]
Role = Literal["body", "small", "title", "figure", "mono"]

XS, S, M, L, XL = 4, 8, 12, 16, 24
"""Spacing in device-independent pixels; every margin and gap is one of these."""
RADIUS = 8
"""Corner radius of cards and windows' inner frames; controls use 6."""


_SCHEMES = {
    "system": Qt.ColorScheme.Unknown,
    "light": Qt.ColorScheme.Light,
    "dark": Qt.ColorScheme.Dark,
}
_SCALE: dict[Role, float] = {"body": 1.0, "small": 0.9, "title": 1.2, "figure": 1.7, "mono": 0.95}


class Theme(QObject):
    """The scheme in force. ``changed`` fires when the person or the system switches."""

    changed = Signal()

    def __init__(self, choice: Choice = "system", parent: QObject | None = None) -> None:
        """Follow ``choice``; nothing is drawn until :meth:`apply`."""
        super().__init__(parent)
        self._choice: Choice = choice
        self._applied = False
        self._seen = self.dark
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._system_changed)

    @property
    def dark(self) -> bool:
        """Whether the dark scheme is in force."""
        if self._choice != "system":
            return self._choice == "dark"
        scheme = QGuiApplication.styleHints().colorScheme()
        return scheme is Qt.ColorScheme.Dark

    @property
    def colours(self) -> Colours:
        """The colours in force."""
        return DARK if self.dark else LIGHT

    def choose(self, choice: Choice) -> None:
        """Use the system's scheme, or always light or dark."""
        self._choice = choice
        QGuiApplication.styleHints().setColorScheme(_SCHEMES[choice])
        self._refresh()

    def apply(self) -> None:
        """Dress the whole application. Called before the first window; costs a few milliseconds."""
        self._applied = True
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.setPalette(self.palette())
            app.setStyleSheet(stylesheet(self.colours))

    def palette(self) -> QPalette:
        """Return the colours as Qt's palette, for what style sheets do not reach."""
        colours = self.colours
        roles = {
            QPalette.ColorRole.Window: colours.window,
            QPalette.ColorRole.WindowText: colours.text,
            QPalette.ColorRole.Base: colours.surface,
            QPalette.ColorRole.AlternateBase: colours.raised,
            QPalette.ColorRole.Text: colours.text,
            QPalette.ColorRole.PlaceholderText: colours.muted,
            QPalette.ColorRole.Button: colours.raised,
            QPalette.ColorRole.ButtonText: colours.text,
            QPalette.ColorRole.ToolTipBase: colours.raised,
            QPalette.ColorRole.ToolTipText: colours.text,
            QPalette.ColorRole.Highlight: colours.accent,
            QPalette.ColorRole.HighlightedText: colours.on_accent,
            QPalette.ColorRole.Accent: colours.accent,
            QPalette.ColorRole.Link: colours.accent,
        }
        palette = QPalette()
        for role, colour in roles.items():
            palette.setColor(role, QColor(colour))
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.muted))
        return palette

    def font(self, role: Role) -> QFont:
        """Return the system's font at the size of ``role``; titles and figures are semi-bold."""
        base = QGuiApplication.font()
        if role == "mono":
            size = base.pointSizeF()
            base = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            base.setPointSizeF(size)
        base.setPointSizeF(base.pointSizeF() * _SCALE[role])
        if role in {"title", "figure"}:
            base.setWeight(QFont.Weight.DemiBold)
        return base

    def _system_changed(self) -> None:
        if self._choice == "system":
            self._refresh()

    def _refresh(self) -> None:
        if self._seen == self.dark:
            return
        self._seen = self.dark
        if self._applied:
            self.apply()
        self.changed.emit()
