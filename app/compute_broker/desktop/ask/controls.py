"""Around the input: who would take it, at what cost and why; private, mode, send."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from compute_broker.core.decision import MODES, Decision, Mode
from compute_broker.core.names import named
from compute_broker.core.texts import begun, tr
from compute_broker.desktop.ask.elided import Elided
from compute_broker.desktop.ask.more import More
from compute_broker.desktop.ask.words import preview_parts
from compute_broker.desktop.building import InParts
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.kinds import set_kind
from compute_broker.desktop.mirroring import line_up, mirrored
from compute_broker.desktop.theme import XS, S, Theme

_MODE_HINTS = {
    "thrifty": tr("Thrifty: accepts 90 % of the best chance"),
    "balanced": tr("Balanced: accepts 97 % of the best chance"),
    "best": tr("Best: only the likeliest to be right"),
}
_WIDEST_TIER = 240
"""Pixels of a tier's name before its cost and the reason."""


class Controls(QObject, InParts):
    """Two groups: :attr:`buttons` beside the input, :attr:`preview` under it.

    Emits what the person wants: ``send``, ``changed`` (private or mode), ``why`` shown or not.
    """

    send = Signal()
    attach = Signal()
    changed = Signal()
    why = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        """Start with the mode of the settings and not private; :attr:`parts` build it."""
        super().__init__(parent)
        self._theme = theme
        self.buttons, self.preview = QWidget(parent), QWidget(parent)
        self._mode: Mode | None = None
        self._default = ""
        self._said_private = False
        self._said_mode: Mode | None = None
        self.begin(whole=False)

    def build(self) -> Iterator[None]:
        """Build the line, then the buttons."""
        self.tier = QLabel()
        self.tier.setTextFormat(Qt.TextFormat.PlainText)
        line_up(self.tier)
        self.tier.setAccessibleName(tr("Tier that would answer"))
        self.line = Elided(tr("Expected cost and reason"))
        self.why_button = _tool(tr("Why this tier"), checkable=True)
        self.private = _tool(tr("Private: stays on this machine"), checkable=True)
        self.mode_button = _tool(tr("Mode"))
        self.send_button = _tool(tr("Send"))
        self.attach_button = _tool(tr("Attach files"))
        self.more = More(self._theme)
        self._menu = QMenu(self.buttons)
        self._menu.setAccessibleName(tr("Mode"))
        self._arrange()
        yield
        self._theme.changed.connect(self._dress)
        self._dress()
        yield

    @property
    def in_order(self) -> list[QWidget]:
        """The buttons, as Tab walks along them."""
        return [
            self.attach_button,
            self.private,
            self.mode_button,
            self.send_button,
            self.why_button,
            self.more,
        ]

    @property
    def mode(self) -> Mode | None:
        """The mode chosen here; ``None`` follows the settings."""
        return self._mode

    @property
    def is_private(self) -> bool:
        """Whether the prompt must stay on this machine."""
        return self.private.isChecked()

    def set_default_mode(self, name: str) -> None:
        """Say which mode the settings have."""
        self._default = name
        self._name_mode()

    def show_idle(self, text: str, kind: str = "muted") -> None:
        """Show a quiet line and no tier."""
        set_kind(self.line, kind)
        self.tier.hide()
        self.line.set_whole(text)
        self.why_button.setEnabled(False)
        self.send_button.setEnabled(False)

    def show_refusal(self, sentence: str, *, may_send: bool) -> None:
        """Show why nothing would be sent."""
        self.show_idle(sentence, "warn")
        self.send_button.setEnabled(may_send)

    @property
    def refuses(self) -> bool:
        """Whether it shows why nothing would be sent."""
        return bool(self.line.property("kind") == "warn")

    def mirror(self, *, private: bool, mode: Mode | None) -> None:
        """Show what the words at the start of the prompt say for as long as they stand there."""
        if (private, mode) != (self._said_private, self._said_mode):
            self._said_private, self._said_mode = private, mode
            self._name_mode()
            self._dress_lock()

    @property
    def shown_private(self) -> bool:
        """Whether the lock is shut, by its button or by a word of the prompt."""
        return self.is_private or self._said_private

    def show_decision(self, decision: Decision, *, may_send: bool) -> None:
        """Show what would be done."""
        set_kind(self.line, "muted")
        tier, cost, why = preview_parts(decision)
        shown = self.tier.fontMetrics().elidedText(tier, Qt.TextElideMode.ElideRight, _WIDEST_TIER)
        self.tier.setText(shown)
        self.tier.setToolTip(tier if shown != tier else "")
        self.tier.setVisible(bool(tier))
        self.line.set_whole(f"{cost} · {why}" if cost else why)
        self.why_button.setEnabled(True)
        self.send_button.setEnabled(may_send)

    def choose_mode(self, name: str | None) -> None:
        """Choose a mode by name, or the settings' own with ``None``."""
        self._mode = MODES[name] if name else None
        self._name_mode()
        self.changed.emit()

    def _arrange(self) -> None:
        under, beside = QHBoxLayout(self.preview), QHBoxLayout(self.buttons)
        for row in (under, beside):
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(XS)
        under.setContentsMargins(2, 0, 0, 0)
        under.addWidget(self.tier)
        under.addSpacing(2)
        under.addWidget(self.line, 1)
        under.addWidget(self.why_button)
        under.addWidget(self.more)
        for button in (self.attach_button, self.private, self.mode_button, self.send_button):
            beside.addWidget(button)
        self.why_button.setText(tr("Why"))
        self.why_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        # Against the way the window is read, so that the sign stands behind the text.
        against = Qt.LayoutDirection.LeftToRight if mirrored(self.preview) else Qt.LayoutDirection.RightToLeft
        self.why_button.setLayoutDirection(against)
        self.mode_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.mode_button.setLayoutDirection(against)
        self.mode_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.mode_button.setMenu(self._menu)
        self.why_button.toggled.connect(self._why_toggled)
        self.private.toggled.connect(self._private_toggled)
        self.send_button.clicked.connect(self.send)
        self.attach_button.clicked.connect(self.attach)
        self._fill_menu()

    def _fill_menu(self) -> None:
        group = QActionGroup(self)
        for name, hint in ((None, tr("As in Settings")), *((name, _MODE_HINTS[name]) for name in MODES)):
            action = QAction(hint, self)
            action.setCheckable(True)
            action.setChecked(name is None)
            action.triggered.connect(lambda _checked, name=name: self.choose_mode(name))
            group.addAction(action)
            self._menu.addAction(action)

    def _name_mode(self) -> None:
        mode = self._said_mode or self._mode
        name = mode.name if mode else self._default
        self.mode_button.setText(begun(named(name)))
        hint = _MODE_HINTS.get(name, tr("Quality floor {name}", name=name))
        if self._said_mode is not None:
            hint = tr("{hint}, as the word at the start says", hint=hint)
        self.mode_button.setToolTip(hint)
        self.mode_button.setAccessibleName(tr("Mode: {name}", name=named(name)))

    def _why_toggled(self, shown: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        self._dress()
        self.why.emit(shown)

    def _private_toggled(self, _on: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        self._dress()
        self.changed.emit()

    def _dress(self) -> None:
        colours, small = self._theme.colours, self._theme.font("small")
        bold = self._theme.font("small")
        bold.setBold(True)
        self.tier.setFont(bold)
        for widget in (self.line, self.why_button, self.mode_button):
            widget.setFont(small)
        chevron = "chevron-up" if self.why_button.isChecked() else "chevron"
        self.why_button.setIcon(glyph(chevron, colours.muted, checked=colours.accent))
        self.mode_button.setIcon(glyph("chevron", colours.muted))
        self.mode_button.setStyleSheet("QToolButton::menu-indicator { image: none; width: 0; }")
        self._dress_lock()
        self.why_button.setToolTip(tr("Every tier considered, with the reason (Ctrl+Y)"))
        self.attach_button.setIcon(glyph("clip", colours.muted))
        self.attach_button.setToolTip(tr("Attach texts and images (Ctrl+O); or paste or drop them"))
        self.send_button.setIcon(glyph("send", colours.on_accent, disabled=colours.muted))
        self.send_button.setToolTip(tr("Send (Enter)"))
        self.send_button.setStyleSheet(
            f"QToolButton {{ background: {colours.accent}; border: none; border-radius: 15px; padding: 0; }}"
            f"QToolButton:hover {{ background: {colours.accent_hover}; }}"
            f"QToolButton:focus {{ border: 2px solid {colours.text}; }}"
            f"QToolButton:disabled {{ background: {colours.raised}; }}"
        )
        self.send_button.setFixedSize(30, 30)
        self.send_button.setIconSize(QSize(18, 18))

    def _dress_lock(self) -> None:
        """Show the lock shut where a button or a word says so; what the button says stays as it is."""
        colours = self._theme.colours
        lock = "lock" if self.shown_private else "unlock"
        off = colours.accent if self._said_private else colours.muted
        self.private.setIcon(glyph(lock, off, checked=colours.accent))
        ground = f"QToolButton {{ background: {colours.accent_soft}; }}" if self._said_private else ""
        self.private.setStyleSheet(ground)
        self.private.setToolTip(
            tr("Private, as the word at the start says: only tiers on this machine may answer")
            if self._said_private
            else tr("Private: only tiers on this machine may answer (Ctrl+P)")
        )
        self.private.setAccessibleDescription(self.private.toolTip())


def _tool(name: str, *, checkable: bool = False) -> QToolButton:
    button = QToolButton()
    button.setProperty("kind", "quiet")
    button.setAccessibleName(name)
    button.setCheckable(checkable)
    button.setIconSize(QSize(16, 16))
    button.setMinimumHeight(28)
    button.setContentsMargins(S, 0, S, 0)
    return button
