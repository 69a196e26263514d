"""A part of a tier's details that is folded away: its headline says what holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from compute_broker.config.described import description
from compute_broker.config.edits import Value
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.texts import tr
from compute_broker.desktop.glyphs import glyph
from compute_broker.desktop.mirroring import mirrored
from compute_broker.desktop.settings.lines import TITLE_WIDTH, Field, Fits, Lines
from compute_broker.desktop.settings.rows import Tucked, push_button, text_label
from compute_broker.desktop.settings.tier_put import PutTier, showing_again
from compute_broker.desktop.settings.writer import Answer
from compute_broker.desktop.theme import S, Theme

Entries = Sequence[tuple[str, str]]
"""The settings of a part, by their paths, with the titles of their lines."""

_SIGN = 14
_INDENT = 22


class Fold(QWidget, Tucked):
    """A part says what holds (:meth:`summary`), makes its lines (:meth:`make`) and fills them (:meth:`fill`).

    The lines are made when they are first wanted: of a dozen tiers' details hardly one is ever opened.
    """

    TITLE = ""

    def __init__(self, theme: Theme, tier: TierSettings, put: PutTier) -> None:
        """Build the headline only; ``put`` writes values of the part."""
        super().__init__()
        self._theme, self._put, title = theme, put, self.TITLE
        self.tier = tier
        self.name = tier.label or tier.id
        self.fields: dict[str, Field] = {}
        self.lines: Lines | None = None
        self._opened_by_search = False
        self.head = push_button(title, tr("{name}, {title}", name=self.name, title=title))
        self.head.setCheckable(True)
        self.head.setProperty("kind", "quiet")
        self.head.setIconSize(QSize(_SIGN, _SIGN))
        self.head.setMinimumWidth(TITLE_WIDTH)
        sides = "5px 2px 5px 10px" if mirrored(self) else "5px 10px 5px 2px"
        self.head.setStyleSheet(f"padding: {sides}; text-align: {'right' if mirrored(self) else 'left'};")
        self.told = text_label("", tr("{name}, {title}, in short", name=self.name, title=title), kind="muted")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(S)
        line = QHBoxLayout()
        line.setSpacing(S)
        line.addWidget(self.head)
        line.addWidget(self.told, 1)
        self._column.addLayout(line)
        self.head.toggled.connect(self._turned)
        theme.changed.connect(self._dress)
        self._dress()
        self.told.setText(self.summary())

    @staticmethod
    def entries(tier: TierSettings) -> Entries:
        """Return the settings of the part, as far as ``tier`` has them."""
        raise NotImplementedError

    @classmethod
    def words_of(cls, tier: TierSettings) -> Iterator[str]:
        """Yield what the lines say for ``tier``, made or not."""
        for setting, title in cls.entries(tier):
            yield f"{title} {tr(description(setting))}"

    def summary(self) -> str:
        """Return in a few words what holds."""
        raise NotImplementedError

    def make(self, lines: Lines) -> None:
        """Add the lines."""
        raise NotImplementedError

    def fill(self) -> None:
        """Show in the lines what is in force."""
        raise NotImplementedError

    def read(self, name: str, text: str) -> Value:
        """Return what was typed into the field ``name`` as its setting's value.

        Raises:
            ValueError: it is none; the text says what would do.
        """
        raise NotImplementedError

    def take(self, name: str, value: Value, answer: Answer) -> None:
        """Take over a value that can be; ``answer`` hears what is wrong with it all the same."""
        self.put({name: value}, answer)

    def add_field(
        self,
        lines: Lines,
        name: str,
        setting: str,
        title: str,
        empty: str = "",
        hint: QWidget | None = None,
    ) -> None:
        """Add a line that is typed to ``lines``: :meth:`read`, then :meth:`take`."""
        self.fields[name] = lines.field(
            setting, title, lambda text: self._typed(name, text), empty=empty, hint=hint
        )

    def _typed(self, name: str, text: str) -> None:
        field = self.fields[name]
        try:
            value = self.read(name, text)
        except ValueError as error:
            field.wrong(str(error))
        else:
            self.take(name, value, field.wrong)

    def put(self, values: Mapping[str, Value], answer: Answer) -> None:
        """Write ``values``; when they are refused, ``answer`` says so where what is in force shows again."""
        self._put(values, showing_again(answer, self.fill))

    def show_tier(self, tier: TierSettings) -> None:
        """Show the settings in force."""
        self.tier = tier
        self.told.setText(self.summary())
        if self.lines is not None:
            self.fill()

    def show_lines(self, fits: Fits) -> bool:
        """Open it with the lines whose words fit, or its title; else hide it and return false."""
        whole = fits(self.TITLE)
        found = whole or any(fits(text) for text in self.words_of(self.tier))
        self.setVisible(found)
        if found:
            self._opened_by_search = self._opened_by_search or not self.head.isChecked()
            self.head.setChecked(True)
            self._built().show_lines(lambda text: whole or fits(text))
        return found

    def show_all(self) -> None:
        """Stand there again as the person left it."""
        self.show()
        if self.lines is not None:
            self.lines.show_lines(lambda _text: True)
        if self._opened_by_search:
            self._opened_by_search = False
            self.head.setChecked(False)

    def tucked_words(self) -> Iterator[str]:
        """Yield what the lines will say, while they are not made."""
        if self.lines is None:
            yield from self.words_of(self.tier)

    def _turned(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        self._dress()
        if on or self.lines is not None:
            self._built().setVisible(on)

    def _built(self) -> Lines:
        if self.lines is None:
            self.lines = Lines(self._theme, self.name)
            self.lines.setContentsMargins(_INDENT, 0, 0, S)
            self.make(self.lines)
            self.fill()
            self._column.addWidget(self.lines)
        return self.lines

    def _dress(self) -> None:
        sign = "chevron-up" if self.head.isChecked() else "chevron"
        self.head.setIcon(glyph(sign, self._theme.colours.muted))
