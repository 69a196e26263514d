"""Which of the hosts that serve one model a person wants: asked of a router, and quoted by the same rule."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HostSort(StrEnum):
    """By what a router shall rank the hosts; without one it spreads requests over the cheaper ones."""

    PRICE = "price"
    THROUGHPUT = "throughput"
    LATENCY = "latency"


@dataclass(frozen=True, slots=True)
class HostPreferences:
    """A person's wishes. Hosts are named by the router's slugs, such as ``novita`` or ``novita/fp8``.

    ``only`` leaves out all others, ``ignore`` leaves these out, ``order`` are tried first, in this order.
    ``max_in`` and ``max_out`` are nano-dollars per million tokens.
    """

    only: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    sort: HostSort | None = None
    deny_data_collection: bool = False
    zero_data_retention: bool = False
    max_in: int | None = None
    max_out: int | None = None

    def __bool__(self) -> bool:
        """Whether anything is wished for."""
        return self != ANY_HOST

    @property
    def by_data_policy(self) -> bool:
        """Whether hosts are chosen by what they keep, which no list of hosts tells."""
        return self.deny_data_collection or self.zero_data_retention


ANY_HOST = HostPreferences()
