"""How prices are got: the ``[prices]`` section, and the hosts a tier may use at a router."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from compute_broker.config.section import MOST_USD, Section, in_range
from compute_broker.core.hosts import HostSort
from compute_broker.core.texts import tr
from compute_broker.net.address import AddressError, split_url

LEAST_SPOT_SECONDS, MOST_SPOT_SECONDS = 10, 86_400
Slugs = Annotated[list[str], Meta(max_length=50)]
"""Names of hosts as the router writes them, in small letters: ``novita``, or ``novita/fp8`` for one offer."""


class Prices(Section, frozen=True, kw_only=True):
    """``update_catalog`` fetches the catalog anew each day, from ``catalog_url`` when one is given.

    ``spot_seconds`` is the pace of spot feeds.
    """

    update_catalog: bool = False
    catalog_url: Annotated[str, Meta(max_length=500)] = ""
    spot_seconds: Annotated[int, Meta(ge=LEAST_SPOT_SECONDS, le=MOST_SPOT_SECONDS)] = 60

    def __post_init__(self) -> None:
        """Refuse what is no address."""
        if self.catalog_url:
            try:
                split_url(self.catalog_url)
            except AddressError as error:
                raise ValueError(f"catalog_url: {error}") from None


class HostSettings(Section, frozen=True, kw_only=True):
    """The ``hosts`` of an OpenRouter tier: which hosts may answer. Prices in USD per million tokens.

    ``only`` leaves out all others, ``ignore`` leaves these out, ``order`` are tried first; ``sort`` ranks the
    rest. The two wishes about data are OpenRouter's to keep: it leaves out hosts that do otherwise.
    """

    only: Slugs = msgspec.field(default_factory=list)
    ignore: Slugs = msgspec.field(default_factory=list)
    order: Slugs = msgspec.field(default_factory=list)
    sort: HostSort | None = None
    deny_data_collection: bool = False
    zero_data_retention: bool = False
    max_price_in: Decimal | None = None
    max_price_out: Decimal | None = None

    def __post_init__(self) -> None:
        """Refuse prices that mean nothing, and wishes that nobody can fulfil."""
        in_range("max_price_in", self.max_price_in, MOST_USD)
        in_range("max_price_out", self.max_price_out, MOST_USD)
        for name in ("only", "ignore", "order"):
            for slug in getattr(self, name):
                if not re.fullmatch(r"[a-z0-9][a-z0-9._/-]{0,79}", slug):
                    raise ValueError(
                        tr(
                            "{name}: {slug} is no host; write it small, as in novita or novita/fp8",
                            name=name,
                            slug=f"{slug!r}",
                        )
                    )
        if both := set(self.only) & set(self.ignore):
            raise ValueError(tr("ignore: {host} is in only too; take it out of one of them", host=min(both)))
