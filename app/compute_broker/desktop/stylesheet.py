"""The one style sheet. Widgets choose a variant with a ``kind`` property, never with colours.

Nothing moves by itself, for anybody: we animate nothing, and Qt's own animations last no time. So whoever
asked the system for less motion has it, on every system, without our asking.

``QPushButton``: ``primary``, ``quiet``; ``QLabel``: ``title``, ``figure``, ``muted``, ``good``, ``warn``,
``bad``; ``QFrame``: ``card``, ``bar``. Set it with ``widget.setProperty("kind", "primary")``.
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from compute_broker.resources_path import resource

if TYPE_CHECKING:
    from compute_broker.desktop.colours import Colours

_SHEET = Template("""
QWidget { color: $text; widget-animation-duration: 0; }
QMainWindow, QDialog, QWidget[kind="window"] { background: $window; }
QToolTip { background: $raised; color: $text; border: 1px solid $border; padding: 4px 6px; }
QLabel { background: transparent; }
QBalloonTip QLabel { color: #14191c; }
QLabel[kind="muted"] { color: $muted; }
QLabel[kind="good"] { color: $good; }
QLabel[kind="warn"] { color: $warn; }
QLabel[kind="bad"] { color: $bad; }
QFrame[kind="card"] { background: $surface; border: 1px solid $border; border-radius: 8px; }
QFrame[kind="bar"] { background: $raised; border: none; border-radius: 6px; }

QPushButton, QToolButton {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 6px; padding: 5px 12px;
}
QToolButton { padding: 4px 8px; }
QPushButton:hover, QToolButton:hover { background: $raised; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked { background: $accent_soft; }
QPushButton:focus, QToolButton:focus { border-color: $accent; }
QPushButton:disabled, QToolButton:disabled { color: $muted; background: $window; }
QPushButton[kind="primary"] {
    background: $accent; color: $on_accent; border-color: $accent; font-weight: 600;
}
QPushButton[kind="primary"]:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton[kind="primary"]:focus { border-color: $text; }
QPushButton[kind="primary"]:disabled { background: $raised; color: $muted; border-color: $border; }
QPushButton[kind="quiet"], QToolButton[kind="quiet"] { background: transparent; border-color: transparent; }
QPushButton[kind="quiet"]:hover, QToolButton[kind="quiet"]:hover { background: $raised; }
QPushButton[kind="quiet"]:focus, QToolButton[kind="quiet"]:focus { border-color: $accent; }

QLineEdit, QPlainTextEdit, QTextEdit, QTextBrowser, QSpinBox, QDoubleSpinBox, QComboBox, QDateEdit {
    background: $surface; color: $text; border: 1px solid $border; border-radius: 6px; padding: 4px 8px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QTextBrowser:focus, QSpinBox:focus,
QDoubleSpinBox:focus, QComboBox:focus, QDateEdit:focus { border-color: $accent; }
QLineEdit[kind="bad"] { border-color: $bad; }

QCheckBox, QRadioButton { spacing: 6px; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 14px; height: 14px; border: 1px solid $muted; border-radius: 4px; background: $surface;
}
QRadioButton::indicator { border-radius: 8px; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked {
    background: $accent; border-color: $accent; image: url("$icons/tick-$scheme.svg");
}
QRadioButton::indicator:checked { border-color: $accent; image: url("$icons/point-$scheme.svg"); }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled { border-color: $muted; background: $raised; }
QCheckBox::indicator:checked:disabled { background: $muted; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus {
    width: 12px; height: 12px; border: 2px solid $text;
}

QTableView, QTreeView, QListView {
    background: $surface; alternate-background-color: $window; border: 1px solid $border;
    border-radius: 6px; gridline-color: $border; selection-background-color: $accent_soft;
    selection-color: $text; outline: none;
}
QTreeView#completions { background: $raised; padding: 4px; }
QTreeView#completions::item { padding: 5px 8px; border-radius: 5px; }
QTreeView#completions::item:selected { background: $accent_soft; color: $text; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section {
    background: transparent; color: $muted; border: none; border-bottom: 1px solid $border; padding: 6px 8px;
}
QTabWidget::pane { border: none; border-top: 1px solid $border; }
QTabBar::tab {
    background: transparent; color: $muted; padding: 8px 14px; border-bottom: 2px solid transparent;
}
QTabBar[kind="counted"]::tab { padding: 8px 4px; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }

QProgressBar { background: $raised; border: none; border-radius: 4px; min-height: 8px; max-height: 8px; }
QProgressBar::chunk { background: $accent; border-radius: 4px; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $border; border-radius: 3px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::handle:disabled { background: transparent; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QMenu { background: $surface; color: $text; border: 1px solid $border; padding: 6px; }
QMenu::item { padding: 6px 18px 6px 28px; border-radius: 5px; }
QMenu::item:selected { background: $accent_soft; color: $text; }
QMenu::item:disabled { color: $muted; }
QMenu::indicator { width: 22px; height: 14px; left: 9px; }
QMenu::indicator:non-exclusive:checked { image: url("$icons/switch-on-$scheme.svg"); }
QMenu::indicator:non-exclusive:unchecked { image: url("$icons/switch-off-$scheme.svg"); }
QMenu::indicator:exclusive:checked { image: url("$icons/check-$scheme.svg"); }
QMenu::separator { height: 1px; background: $border; margin: 6px 8px; }
""")


def stylesheet(colours: Colours) -> str:
    """Return the style sheet for one scheme. Qt's own notification bubble is pale in either."""
    names = [name for name in colours.__slots__ if name != "series"]
    values = {name: getattr(colours, name) for name in names}
    return _SHEET.substitute(values, icons=resource("icons").as_posix(), scheme=colours.scheme)
