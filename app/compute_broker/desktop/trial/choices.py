"""What is to be tried: whose prompts, which tiers, against which one, who judges."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from compute_broker.core.quote import Quote, Snapshot
from compute_broker.core.texts import tr
from compute_broker.desktop.building import InParts
from compute_broker.desktop.elided_check import ElidedCheck
from compute_broker.desktop.menu_words import price_text, trouble
from compute_broker.desktop.settings.rows import Choice, Section, text_label
from compute_broker.desktop.theme import M, S, Theme
from compute_broker.experiment.offer import ablest_judge
from compute_broker.experiment.trials import Choices

COUNTS = (20, 50, 100, 200)
PROMPTS = 50
"""How many of the last prompts are taken unless the person says otherwise."""
_NOBODY = tr("Nobody but me, blindly")


class ChoicesForm(QWidget, InParts):
    """``changed`` says that :attr:`choices` are others now."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        """Build the form; tiers come with :meth:`show_tiers`."""
        super().__init__()
        self._theme = theme
        self._tiers: dict[str, QCheckBox] = {}
        self._known: tuple[tuple[str, bool], ...] = ()
        self.begin(whole=False)

    def build(self) -> Iterator[None]:
        """Build the prompts, then the tiers."""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(M)
        prompts = Section(self._theme, tr("Prompts"))
        column.addWidget(prompts)
        self._build_prompts(prompts)
        yield
        tiers = Section(
            self._theme,
            tr("Tiers"),
            tr("Each answers every prompt alone; the broker then chooses among them."),
        )
        column.addWidget(tiers)
        self._list = QVBoxLayout()
        self._list.setSpacing(S)
        tiers.column.addLayout(self._list)
        yield
        self.baseline = Choice(self._theme, tr("Compare with"))
        self.judge = Choice(self._theme, tr("Judge"))
        tiers.add_row(tr("Compare with"), self.baseline, hint=tr("what you would use without a broker"))
        tiers.add_row(tr("Judge"), self.judge)
        note = tr("A judge sees two answers in both orders, without names, where no program can tell.")
        tiers.column.addWidget(text_label(note, tr("Judge, note"), kind="muted"))
        yield
        self.source.currentIndexChanged.connect(self._source_changed)
        self.baseline.activated.connect(self._baseline_changed)
        self.judge.activated.connect(self.changed)
        self.code.toggled.connect(self.changed)
        self._source_changed()

    def _build_prompts(self, prompts: Section) -> None:
        row = QHBoxLayout()
        row.setSpacing(S)
        prompts.column.addLayout(row)
        self.source = Choice(self._theme, tr("Prompts to try"))
        row.addWidget(self.source)
        row.addStretch(1)
        for count in COUNTS:
            self.source.addItem(tr("My last {count} different prompts", count=count), count)
        self.source.addItem(tr("The 100 prompts that come along"), 0)
        self.source.setCurrentIndex(COUNTS.index(PROMPTS))
        self.code = QCheckBox(tr("Run code in answers to test it: confined, without network and files"))
        self.code.setAccessibleName(self.code.text())
        prompts.column.addWidget(self.code)

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        prompts = int(self.source.currentData())
        judge = self.judge.currentData() or ""
        return Choices(
            prompts=prompts,
            tiers=tuple(tier for tier, box in self._tiers.items() if box.isChecked() and box.isEnabled()),
            baseline=self.baseline.currentData() or "",
            judges=(judge,) if judge else (),
            allow_code=not prompts and self.code.isChecked(),
        )

    def show_tiers(self, snapshot: Snapshot, baseline: str) -> None:
        """Offer the tiers as they are; what was chosen stays chosen where it can.

        ``baseline`` is the settings'.
        """
        known = tuple((quote.tier.id, _able(quote)) for quote in snapshot)
        for quote in snapshot:
            if quote.tier.id in self._tiers:
                self._tell(self._tiers[quote.tier.id], quote)
        if known == self._known:
            return
        self._known = known
        off = {tier for tier, box in self._tiers.items() if box.isEnabled() and not box.isChecked()}
        compared, judge = self.baseline.currentData() or baseline, self.judge.currentData()
        for box in self._tiers.values():
            self._list.removeWidget(box)
            box.hide()
            box.deleteLater()
        self._tiers = {quote.tier.id: self._box(quote, quote.tier.id not in off) for quote in snapshot}
        able = [quote for quote in snapshot if _able(quote)]
        _fill(self.baseline, able, compared)
        compared = self.baseline.currentData() or ""
        self._fill_judges(ablest_judge(snapshot, compared) if judge is None else judge)
        self.changed.emit()

    def _box(self, quote: Quote, on: bool) -> QCheckBox:  # noqa: FBT001 - it is the switch itself
        box = ElidedCheck("", widest=1 << 16)
        box.setChecked(on and _able(quote))
        box.setEnabled(_able(quote))
        self._tell(box, quote)
        box.toggled.connect(self.changed)
        self._list.addWidget(box)
        return box

    @staticmethod
    def _tell(box: QCheckBox, quote: Quote) -> None:
        told = price_text(quote) if _able(quote) else _why_not(quote)
        box.setText(f"{quote.tier.label}: {told}".replace("&", "&&"))
        box.setAccessibleName(tr("Try {tier}", tier=quote.tier.label))

    def _fill_judges(self, wanted: str | None) -> None:
        compared = self.baseline.currentData()
        self.judge.clear()
        self.judge.addItem(_NOBODY, "")
        for row in range(self.baseline.count()):
            if self.baseline.itemData(row) != compared:
                self.judge.addItem(
                    tr("{itemtext}, and me", itemtext=self.baseline.itemText(row)),
                    self.baseline.itemData(row),
                )
        self.judge.setCurrentIndex(max(0, self.judge.findData(wanted)))

    def _baseline_changed(self) -> None:
        """No tier judges its own answers, so the judges are others now."""
        self._fill_judges(self.judge.currentData())
        self.changed.emit()

    def _source_changed(self) -> None:
        self.code.setVisible(self.source.currentData() == 0)
        self.changed.emit()


def _able(quote: Quote) -> bool:
    return quote.tier.enabled and quote.availability.state.usable and quote.price is not None


def _why_not(quote: Quote) -> str:
    if not quote.tier.enabled:
        return tr("switched off")
    return trouble(quote) or quote.unpriced_reason or tr("nobody knows its price")


def _fill(choice: Choice, able: list[Quote], wanted: str) -> None:
    choice.clear()
    for quote in able:
        choice.addItem(quote.tier.label, quote.tier.id)
    choice.setCurrentIndex(max(0, choice.findData(wanted)))
