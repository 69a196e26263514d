"""The table's rows as texts: what a group cost, saved, read and wrote, and what a what-if makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from compute_broker.broker.whatif.result import Change, WhatIf
from compute_broker.core.money import format_usd
from compute_broker.core.names import named
from compute_broker.core.texts import begun, figure, tr
from compute_broker.desktop.ask.words import UNKNOWN
from compute_broker.desktop.usage.figures import Figures
from compute_broker.ledger.views import Group, GroupSpend

COLUMNS = (
    tr("Tier"),
    tr("Requests"),
    tr("Tokens in"),
    tr("Tokens out"),
    tr("Spent"),
    tr("Saved"),
    tr("Requests, what if"),
    tr("Spent, what if"),
)
WHAT_IF = (6, 7)
"""The columns that are there only while something is asked."""


def group_rows(figures: Figures, labels: Mapping[str, str], found: WhatIf | None) -> list[tuple[str, ...]]:
    """Return a row for each tier or group, also those that only the what-if has."""
    changes = _changes(figures.group, found)
    known = [row.name for row in figures.rows]
    added = [GroupSpend(name, 0, 0, 0, 0, 0) for name in sorted(changes) if name not in known]
    return [
        _row(row, figures.group, labels, changes.get(row.name, Change())) for row in [*figures.rows, *added]
    ]


def total_row(figures: Figures, found: WhatIf | None) -> tuple[str, ...] | None:
    """Return the row below the others that sums them; ``None`` where it would say what the only one does."""
    changes = _changes(figures.group, found)
    rows = figures.rows
    if len({row.name for row in rows} | set(changes)) <= 1:
        return None
    whole = GroupSpend(
        "",
        answered=sum(row.answered for row in rows),
        spent=sum(row.spent for row in rows),
        saved=sum(row.saved for row in rows),
        saved_requests=sum(row.saved_requests for row in rows),
        unknown=sum(row.unknown for row in rows),
        input_tokens=_known([row.input_tokens for row in rows]),
        output_tokens=_known([row.output_tokens for row in rows]),
    )
    change = Change(
        sum(each.cost for each in changes.values()), sum(each.requests for each in changes.values())
    )
    return (tr("Total"), *_row(whole, figures.group, {}, change)[1:])


def _known(tokens: Sequence[int | None]) -> int | None:
    """Return the sum of those that are known; ``None`` where none is."""
    known = [each for each in tokens if each is not None]
    return sum(known) if known else None


def _changes(group: Group | None, found: WhatIf | None) -> Mapping[str, Change]:
    if found is None:
        return {}
    return found.by_tier if group is None else found.by_group.get(group, {})


def _row(row: GroupSpend, group: Group | None, labels: Mapping[str, str], change: Change) -> tuple[str, ...]:
    unknown = tr(" + {unknown} unknown", unknown=row.unknown) if row.unknown and row.spent else ""
    spent = UNKNOWN if row.unknown and not row.spent else f"{format_usd(row.spent)}{unknown}"
    return (
        name_of(row.name, group, labels),
        figure(f"{row.answered:,}"),
        count(row.input_tokens),
        count(row.output_tokens),
        spent,
        format_usd(row.saved) if row.saved_requests else UNKNOWN,
        figure(f"{row.answered + change.requests:,}"),
        format_usd(row.spent + change.cost),
    )


def count(tokens: int | None) -> str:
    """Return a count with its thousands apart; an en dash where nobody told."""
    return UNKNOWN if tokens is None else figure(f"{tokens:,}")


def name_of(name: str, group: Group | None, labels: Mapping[str, str]) -> str:
    """Return a tier's or a group's name as a person reads it."""
    if group is None:
        return labels.get(name, name or tr("No tier answered"))
    if group is Group.PROJECT:
        return name or tr("No project")
    return begun(named(name)) or tr("None")
