"""The question about the past: a slider over the modes, the tiers to leave out, or all on the baseline."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QVBoxLayout

from compute_broker.broker.whatif.result import Question
from compute_broker.core.decision import MODES, Mode
from compute_broker.core.names import named
from compute_broker.core.quote import Quote
from compute_broker.core.texts import begun, figure, tr
from compute_broker.desktop.elided_check import ElidedCheck
from compute_broker.desktop.flowing import Flowing
from compute_broker.desktop.mirroring import line_up
from compute_broker.desktop.settings.rows import push_button, text_label
from compute_broker.desktop.theme import L, M, S, Theme

_LOWEST, _HIGHEST, _STEP = 900, 1000, 5
"""Floors of the slider, from thrifty to best, in thousandths of the best tier's chance."""
_WAIT_MS = 180
"""How long the hand must rest before the past is asked."""
_TIERS_HIGH = 84
"""Pixels of tiers, three rows of them, before they scroll."""


class WhatIfBar(QFrame):
    """Emits ``changed`` when the hand rests; :attr:`question` is then what is asked."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        """Start asking nothing."""
        super().__init__()
        self._mode: Mode | None = None
        self._baseline = ""
        self.tiers: dict[str, ElidedCheck] = {}
        self.setProperty("kind", "card")
        self.setAccessibleName(tr("What if"))
        self._timer = QTimer(self, singleShot=True, interval=_WAIT_MS)
        self._timer.timeout.connect(self.changed)
        self._make_widgets(theme)
        self._arrange()
        self.slider.valueChanged.connect(self._slid)
        self.all_on.toggled.connect(self._toggled)
        self.reset.clicked.connect(self.clear)
        self._show_state()

    @property
    def question(self) -> Question:
        """What is asked; it asks nothing as long as nobody touched it."""
        if self.all_on.isChecked():
            return Question(all_on=self._baseline)
        without = frozenset(tier for tier, box in self.tiers.items() if not box.isChecked())
        return Question(self._mode, without)

    def show_rules(self, mode: Mode, baseline: Quote | None, quotes: Sequence[Quote]) -> None:
        """Show the mode in force, the baseline and the tiers there are; what is asked stays."""
        if self._mode is None:
            self._place_slider(mode)
        self._baseline = baseline.tier.id if baseline else ""
        self.all_on.setText(
            tr("Everything on {part}", part=baseline.tier.label if baseline else tr("the baseline"))
        )
        self.all_on.setEnabled(baseline is not None)
        if [quote.tier.id for quote in quotes] != list(self.tiers):
            self._make_tiers(quotes)
        self._show_state()

    def clear(self) -> None:
        """Ask nothing any longer."""
        self._mode = None
        for box in (*self.tiers.values(), self.all_on):
            box.blockSignals(True)  # noqa: FBT003 - Qt's signature
            box.setChecked(box is not self.all_on)
            box.blockSignals(False)  # noqa: FBT003 - Qt's signature
        self._toggled()

    def say(self, sentence: str, remainder: str = "") -> None:
        """Show the answer, and what it leaves out."""
        self.sentence.setText(sentence)
        self.remainder.setText(remainder)
        self.remainder.setVisible(bool(remainder))

    def _slid(self, value: int) -> None:
        floor = value / _HIGHEST
        named = next((mode for mode in MODES.values() if mode.floor == floor), None)
        self._mode = named or Mode(f"{floor:g}", floor)
        self._toggled()

    def _toggled(self) -> None:
        self._show_state()
        self._timer.start()

    def _show_state(self) -> None:
        asks, all_on = self.question.asks, self.all_on.isChecked()
        self.reset.setEnabled(asks)
        self.slider.setEnabled(not all_on)
        for box in self.tiers.values():
            box.setEnabled(not all_on)
        text = tr("As it was") if self._mode is None else _floor(self._mode)
        self.figure.setText(text)
        self.slider.setAccessibleDescription(text)
        if not asks:
            self.say(tr("Move the slider or take a tier out to see what this period would have cost."))

    def _place_slider(self, mode: Mode) -> None:
        self.slider.blockSignals(True)  # noqa: FBT003 - Qt's signature
        self.slider.setValue(max(_LOWEST, min(round(_HIGHEST * mode.floor), _HIGHEST)))
        self.slider.blockSignals(False)  # noqa: FBT003 - Qt's signature

    def _make_tiers(self, quotes: Sequence[Quote]) -> None:
        checked = {tier: box.isChecked() for tier, box in self.tiers.items()}
        for box in self.tiers.values():
            self._room.remove(box)
            box.deleteLater()
        self.tiers = {}
        for quote in quotes:
            box = ElidedCheck(quote.tier.label)
            box.setAccessibleName(tr("What if: with {tier}", tier=quote.tier.label))
            box.setChecked(checked.get(quote.tier.id, True))
            box.toggled.connect(self._toggled)
            self.tiers[quote.tier.id] = box
            self._room.add(box)

    def _make_widgets(self, theme: Theme) -> None:
        self.title = text_label(tr("What if"), tr("What if, title"))
        font = theme.font("body")
        font.setBold(True)
        self.title.setFont(font)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(_LOWEST, _HIGHEST)
        self.slider.setSingleStep(_STEP)
        self.slider.setPageStep(4 * _STEP)
        self.slider.setAccessibleName(tr("What if: quality floor, from thrifty to best"))
        self.slider.setMinimumWidth(120)
        self._room = Flowing(tr("What if: tiers"), M, _TIERS_HIGH)
        self.figure = text_label("", tr("What if: floor"))
        self.figure.setWordWrap(False)
        self.figure.setMinimumWidth(190)
        self.all_on = ElidedCheck(tr("Everything on the baseline"))
        self.all_on.setAccessibleName(tr("What if: everything on the baseline"))
        self.reset = push_button(tr("As it was"), tr("What if: as it was"))
        self.sentence = text_label("", tr("What if: answer"))
        self.remainder = text_label("", tr("What if: what stays as it was"), kind="muted")
        self.remainder.hide()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(L, M, L, M)
        column.setSpacing(S)
        head = QHBoxLayout()
        head.setSpacing(M)
        self.title.setWordWrap(False)
        ends = [QLabel(named(text)) for text in ("thrifty", "best")]
        for end in ends:
            end.setProperty("kind", "muted")
            end.setTextFormat(Qt.TextFormat.PlainText)
            line_up(end)
        head.addWidget(self.title)
        head.addWidget(ends[0])
        head.addWidget(self.slider, 1)
        head.addWidget(ends[1])
        head.addWidget(self.figure)
        head.addWidget(self.all_on)
        head.addWidget(self.reset)
        column.addLayout(head)
        column.addWidget(self._room)
        column.addWidget(self.sentence)
        column.addWidget(self.remainder)


def _floor(mode: Mode) -> str:
    """Return ``Thrifty: 90 % of the best``, or only the figure of a mode without a name."""
    text = tr("{floor} % of the best", floor=figure(f"{mode.floor * 100:g}"))
    return f"{begun(named(mode.name))}: {text}" if mode.name in MODES else text
