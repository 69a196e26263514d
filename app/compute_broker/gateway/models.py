"""The names a program may give for a model: ``auto``, a mode, or one of the tiers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from compute_broker.core.decision import MODES, Mode, parse_mode
from compute_broker.core.names import named
from compute_broker.core.quote import Snapshot
from compute_broker.core.texts import tr
from compute_broker.gateway.wanted import NOT_FOUND, RefusalError

AUTO = "auto"
"""The broker picks, in the mode of the settings."""

_EPOCH = "1970-01-01T00:00:00Z"
"""When a model was made, for protocols that want to know: nobody does."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a name stands for: nothing for the settings' mode, another mode, or one tier."""

    mode: Mode | None = None
    tier_id: str | None = None


def chosen(name: str, snapshot: Snapshot, *, any_model: bool) -> Choice:
    """Return what ``name`` stands for; with ``any_model`` an unknown one is ``auto``.

    Raises:
        RefusalError: it stands for nothing here; the sentence says what there is.
    """
    if name in snapshot.quotes:
        return Choice(tier_id=name)
    if name == AUTO:
        return Choice()
    try:
        return Choice(mode=parse_mode(name))
    except ValueError:
        pass
    if any_model:
        return Choice()
    raise RefusalError(
        NOT_FOUND,
        tr(
            "There is no model {name} here. There are: {names}. Or let any name mean auto: gateway.any_model "
            "in the settings.",
            name=f"{name!r}",
            names=", ".join(names(snapshot)),
        ),
        "model",
    )


def names(snapshot: Snapshot) -> list[str]:
    """Return the names of all that is on, those that leave the choice to the broker first."""
    on = (quote.tier.id for quote in snapshot if quote.tier.enabled)
    return [AUTO, *MODES, *(tier_id for tier_id in on if tier_id not in {AUTO, *MODES})]


def listed(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Return the list of models, each with the fields of both protocols."""
    return [_row(name, snapshot) for name in names(snapshot)]


def one(name: str, snapshot: Snapshot) -> dict[str, Any]:
    """Return the row of one model, of a tier that is off too.

    Raises:
        RefusalError: there is none of that name.
    """
    chosen(name, snapshot, any_model=False)
    return _row(name, snapshot)


def _row(name: str, snapshot: Snapshot) -> dict[str, Any]:
    row: dict[str, Any] = {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "compute-broker",
        "type": "model",
        "display_name": tr("Automatic") if name == AUTO else tr("Automatic, {mode}", mode=named(name)),
        "created_at": _EPOCH,
    }
    quote = snapshot.quotes.get(name)
    if quote is not None:
        row["display_name"] = quote.tier.label
        row["owned_by"] = quote.tier.place.value
        row["context_length"] = quote.tier.context_tokens
        row["state"] = quote.availability.state.value
    return row
