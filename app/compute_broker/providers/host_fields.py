"""A person's wishes about hosts, as OpenRouter takes them: what was quoted is what is asked for."""

from __future__ import annotations

from typing import Any

from compute_broker.core.hosts import HostPreferences
from compute_broker.core.money import usd_from_nanos
from compute_broker.core.tier import ProviderKind


def host_fields(kind: ProviderKind, wished: HostPreferences) -> dict[str, Any]:
    """Return the body's ``provider`` object; nothing without a wish, or where nobody would understand it.

    ``max_price`` is in USD per *million* tokens, unlike every price that OpenRouter lists.
    """
    if kind is not ProviderKind.OPENROUTER or not wished:
        return {}
    fields: dict[str, Any] = {
        name: list(slugs)
        for name, slugs in (("only", wished.only), ("ignore", wished.ignore), ("order", wished.order))
        if slugs
    }
    if wished.sort is not None:
        fields["sort"] = wished.sort.value
    if wished.deny_data_collection:
        fields["data_collection"] = "deny"
    if wished.zero_data_retention:
        fields["zdr"] = True
    caps = {"prompt": wished.max_in, "completion": wished.max_out}
    most = {name: float(usd_from_nanos(cap)) for name, cap in caps.items() if cap is not None}
    if most:
        fields["max_price"] = most
    return {"provider": fields}
