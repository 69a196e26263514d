"""A field for an amount in dollars, and how such an amount is read and written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from PySide6.QtWidgets import QLineEdit

from compute_broker.config.section import MOST_USD
from compute_broker.core.texts import figure, tr
from compute_broker.desktop.kinds import set_kind
from compute_broker.desktop.mirroring import end_side
from compute_broker.desktop.settings.rows import Verdict

CENTS = 2
"""Decimals of an amount of money that a person sets."""


class AmountEdit(QLineEdit):
    """An amount in dollars, perhaps none. ``told`` gets a believable amount.

    What is wrong with what was typed is said by ``wrong``, else in :attr:`problem`, which belongs below it.
    """

    def __init__(
        self,
        name: str,
        told: Callable[[Decimal | None], None],
        wrong: Callable[[str], None] | None = None,
        *,
        empty: str | None = None,
        places: int | None = None,
    ) -> None:
        """Take an empty field for "none" when ``empty`` says what that means; ``places`` decimals at most."""
        super().__init__()
        self._places = places
        self.problem = Verdict(tr("{name}, problem", name=name))
        self._told, self._say, self._may_be_empty = told, wrong or self.problem.say, empty is not None
        self._shown = ""
        self.setAccessibleName(name)
        self.setPlaceholderText(empty or "")
        self.setMaximumWidth(130)
        self.setAlignment(end_side(self))
        self.editingFinished.connect(self._edited)

    def show_amount(self, amount: Decimal | None) -> None:
        """Show the amount in force, unless the person is just typing another."""
        self._shown = "" if amount is None else shown_amount(amount, self._places)
        if not self.hasFocus():
            self.setText(figure(self._shown))

    def wrong(self, sentence: str) -> None:
        """Say what is wrong with what was typed; nothing takes it back."""
        self._say(sentence)
        set_kind(self, "bad" if sentence else "")

    def forget(self) -> None:
        """Go back to the amount in force, if what was typed is wrong."""
        if self._is_wrong:
            self.setText(figure(self._shown))
            self.wrong("")

    @property
    def _is_wrong(self) -> bool:
        return bool(self.property("kind") == "bad")

    @property
    def amount(self) -> Decimal | None:
        """What the field says, with a point or a comma; ``None`` when that is no amount."""
        return parse_amount(self._plain())

    def _plain(self) -> str:
        return self.text().strip().strip("$").replace(",", ".").strip()

    def _edited(self) -> None:
        text = self._plain()
        if text == self._shown:
            self._clear()
            return
        if not text and self._may_be_empty:
            self._shown = ""
            self._clear()
            self._told(None)
            return
        amount = parse_amount(text)
        if amount is None:
            self.wrong(
                tr(
                    "{text} is no amount: write dollars such as 2.50.",
                    text=self.text().strip() or tr("Nothing"),
                )
            )
            return
        if self._places is not None and amount != round(amount, self._places):
            self.wrong(
                tr(
                    "{text} has more than {places} decimals: write dollars such as 2.50.",
                    text=self.text().strip(),
                    places=self._places,
                )
            )
            return
        self._shown = text
        self._clear()
        self._told(amount)

    def _clear(self) -> None:
        if self._is_wrong:
            self.wrong("")


def shown_amount(amount: Decimal, places: int | None) -> str:
    """Return an amount as it stands in its field: with ``places`` decimals, or as few as it has."""
    if places is not None and amount == round(amount, places):
        return f"{amount:.{places}f}"
    whole, _, decimals = f"{amount:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0')}".rstrip(".")


def parse_amount(text: str) -> Decimal | None:
    """Return dollars from 0 to a million, or ``None`` when the text is nothing of the kind."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount <= MOST_USD else None
