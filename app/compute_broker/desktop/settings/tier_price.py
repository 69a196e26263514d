"""Of one tier: the person's own price, a feed of a moving one, and the power it draws."""

from __future__ import annotations

from compute_broker.config.edits import Value
from compute_broker.config.section import MOST_USD
from compute_broker.config.tier_settings import MOST_WATTS, TierSettings
from compute_broker.core.texts import tr
from compute_broker.core.tier import HOSTED
from compute_broker.desktop.settings.entries import decimal_number, dollars, shown
from compute_broker.desktop.settings.fold import Entries, Fold
from compute_broker.desktop.settings.lines import Lines
from compute_broker.desktop.settings.writer import Answer

_MONEY = ("price_in", "price_out")
_ENTRIES = (
    ("price_in", tr("Price in"), tr("from the list")),
    ("price_out", tr("Price out"), tr("from the list")),
    ("spot", tr("Spot feed"), tr("none")),
    ("watts", tr("Watts"), tr("estimated")),
)


class TierPrice(Fold):
    """Both prices go together: one alone waits for the other."""

    TITLE = tr("Own price")

    @staticmethod
    def entries(tier: TierSettings) -> Entries:
        """Return both prices, the feed, and the power where it could be the person's."""
        return [(f"tiers.{name}", title) for name, title, _ in _entered(tier)]

    def summary(self) -> str:
        """Return where the price is from, as far as the person says, and the power."""
        said = []
        if self.tier.price_in is not None and self.tier.price_out is not None:
            said.append(
                tr(
                    "${price_in} in, ${price_out} out per million tokens",
                    price_in=dollars(self.tier.price_in),
                    price_out=dollars(self.tier.price_out),
                )
            )
        elif self.tier.spot:
            said.append(tr("from a spot feed"))
        else:
            said.append(tr("none"))
        if self.tier.watts is not None:
            said.append(tr("{watts} W", watts=shown(self.tier.watts)))
        return ", ".join(said)

    def make(self, lines: Lines) -> None:
        """Add a line for each figure."""
        for name, title, empty in _entered(self.tier):
            self.add_field(lines, name, f"tiers.{name}", title, empty)

    def fill(self) -> None:
        """Show the figures in force."""
        for name, field in self.fields.items():
            field.show_text(shown(getattr(self.tier, name)))

    def read(self, name: str, text: str) -> Value:
        """Return a figure, or the feed as it was typed."""
        if name == "spot":
            return text or None
        return decimal_number(text, 0, MOST_WATTS if name == "watts" else MOST_USD)

    def take(self, name: str, value: Value, answer: Answer) -> None:
        """Write a price together with the other one, anything else alone."""
        if name not in _MONEY:
            self.put({name: value}, answer)
            return
        other = _MONEY[1 - _MONEY.index(name)]
        try:
            second = self.read(other, self.fields[other].text().strip())
        except ValueError:
            answer(tr("This waits for the other price, which is no figure yet."))
            return
        if (value is None) is (second is None):
            self.put({name: value, other: second}, lambda problem: self._priced(problem, name, other))
        elif value is None:
            answer(tr("Empty the other price too, to go back to the list's."))
        else:
            answer(tr("Give the other price too; both hold from then on."))

    def _priced(self, problem: str, name: str, other: str) -> None:
        self.fields[name].wrong(problem)
        self.fields[other].wrong("")


def _entered(tier: TierSettings) -> list[tuple[str, str, str]]:
    return [each for each in _ENTRIES if each[0] != "watts" or tier.provider not in HOSTED]
