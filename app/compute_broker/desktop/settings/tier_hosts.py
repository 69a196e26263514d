"""Of one tier at OpenRouter: which of the hosts behind its model may answer."""

from __future__ import annotations

import re
from functools import partial

import msgspec
from PySide6.QtWidgets import QCheckBox

from compute_broker.config.edits import Value
from compute_broker.config.price_settings import HostSettings
from compute_broker.config.section import MOST_USD
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.hosts import HostSort
from compute_broker.core.texts import tr
from compute_broker.desktop.settings.entries import decimal_number, dollars, shown
from compute_broker.desktop.settings.fold import Entries, Fold
from compute_broker.desktop.settings.lines import Lines
from compute_broker.desktop.settings.rows import Choice
from compute_broker.desktop.settings.tier_put import PutTier
from compute_broker.desktop.settings.writer import Answer
from compute_broker.desktop.theme import Theme

_LISTS = (
    ("only", tr("Only these"), tr("all")),
    ("ignore", tr("Never these"), tr("none")),
    ("order", tr("These first"), tr("none")),
)
_SORT = ("sort", tr("The rest"))
_SORTS = (
    (None, tr("As OpenRouter does")),
    (HostSort.PRICE, tr("Cheapest first")),
    (HostSort.THROUGHPUT, tr("Fastest first")),
    (HostSort.LATENCY, tr("Soonest first")),
)
_WISHES = (
    ("deny_data_collection", tr("No data collection")),
    ("zero_data_retention", tr("No data retention")),
)
_LIMITS = (
    ("max_price_in", tr("At most in"), tr("any price")),
    ("max_price_out", tr("At most out"), tr("any price")),
)
_LIMITED = {name for name, _, _ in _LIMITS}
_MOST = 50


class TierHosts(Fold):
    """Hosts are typed as OpenRouter writes them, with commas or spaces between."""

    sort: Choice

    TITLE = tr("Hosts")

    def __init__(self, theme: Theme, tier: TierSettings, put: PutTier) -> None:
        """Build the headline."""
        super().__init__(theme, tier, put)
        self.wishes: dict[str, QCheckBox] = {}

    @staticmethod
    def entries(tier: TierSettings) -> Entries:  # noqa: ARG004 - every tier that has hosts has all of it
        """Return lists, ranking, wishes and limits."""
        titles = [*(each[:2] for each in (*_LISTS, *_LIMITS)), _SORT, *_WISHES]
        return [(f"tiers.hosts.{name}", title) for name, title in titles]

    def summary(self) -> str:
        """Return what is wished for."""
        return hosts_told(self.tier.hosts)

    def make(self, lines: Lines) -> None:
        """Add lists, ranking, wishes about data, and limits."""
        for name, title, empty in _LISTS:
            self.add_field(lines, name, f"tiers.hosts.{name}", title, empty)
        self.sort = lines.choice(
            f"tiers.hosts.{_SORT[0]}", _SORT[1], lambda value, answer: self.put({"sort": value}, answer)
        )
        for sort, title in _SORTS:
            self.sort.addItem(title, sort and sort.value)
        for name, title in _WISHES:
            self.wishes[name] = lines.check(f"tiers.hosts.{name}", title, partial(self._wished, name))
        for name, title, empty in _LIMITS:
            self.add_field(lines, name, f"tiers.hosts.{name}", title, empty)

    def fill(self) -> None:
        """Show the wishes in force."""
        hosts = self.tier.hosts
        for name, field in self.fields.items():
            field.show_text(shown(getattr(hosts, name)))
        self.sort.setCurrentIndex(self.sort.findData(hosts.sort and hosts.sort.value))
        for name, box in self.wishes.items():
            box.setChecked(getattr(hosts, name))

    def _wished(self, name: str, on: bool, answer: Answer) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        self.put({name: on or None}, answer)

    def read(self, name: str, text: str) -> Value:
        """Return the hosts of a list, or the figure of a limit."""
        if name in _LIMITED:
            return decimal_number(text, 0, MOST_USD)
        return host_names(self.tier.hosts, name, text) or None


def host_names(hosts: HostSettings, name: str, text: str) -> list[str]:
    """Return the hosts in ``novita, novita/fp8`` for the list ``name`` of ``hosts``, each once.

    Raises:
        ValueError: one is none, or stands in the opposite list too; the text says so.
    """
    slugs = list(dict.fromkeys(re.findall(r"[^\s,;]+", text.lower())))
    if len(slugs) > _MOST:
        raise ValueError(tr("These are more than {most} hosts: leave some out.", most=_MOST))
    opposite = {"only": "ignore", "ignore": "only"}.get(name)
    both = set(slugs) & set(getattr(hosts, opposite)) if opposite else set()
    if both:
        title = next(title for other, title, _ in _LISTS if other == opposite)
        raise ValueError(
            tr("{host} stands in “{title}” as well: take it out there first.", host=min(both), title=title)
        )
    try:
        msgspec.structs.replace(hosts, **{name: slugs})
    except ValueError as error:
        raise ValueError(f"{str(error).removeprefix(f'{name}: ')}.") from None
    return slugs


def hosts_told(hosts: HostSettings) -> str:
    """Return in a few words which hosts may answer."""
    said = []
    for names, text in (
        (hosts.only, tr("only {hosts}", hosts=", ".join(hosts.only))),
        (hosts.ignore, tr("without {hosts}", hosts=", ".join(hosts.ignore))),
        (hosts.order, tr("{hosts} first", hosts=", ".join(hosts.order))),
    ):
        said += [text] if names else []
    if hosts.sort is not None:
        title = next(title for sort, title in _SORTS if sort is hosts.sort)
        said.append(title[:1].lower() + title[1:])
    said += [tr("no data collection")] if hosts.deny_data_collection else []
    said += [tr("no data retention")] if hosts.zero_data_retention else []
    if hosts.max_price_in is not None:
        said.append(tr("up to ${price} in", price=dollars(hosts.max_price_in)))
    if hosts.max_price_out is not None:
        said.append(tr("up to ${price} out", price=dollars(hosts.max_price_out)))
    return "; ".join(said) or tr("any")
