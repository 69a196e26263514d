"""Changes the program makes to the settings file, each keeping what the person wrote around it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import tomlkit
from tomlkit import TOMLDocument
from tomlkit.items import AoT, Comment, InlineTable, Item, Table, Whitespace

from compute_broker.core.errors import SettingsError
from compute_broker.core.texts import tr

Change = Callable[[TOMLDocument], None]
Value = str | int | bool | Decimal | Sequence[str] | Sequence[int] | None


def set_value(path: str, value: Value) -> Change:
    """Return a change that sets ``mode`` or ``budget.daily.amount``; ``None`` takes the setting out."""
    *sections, name = path.split(".")

    def change(document: TOMLDocument) -> None:
        table: Any = document
        for section in sections:
            if section not in table:
                table[section] = tomlkit.table()
            table = table[section]
        _put(table, name, value)

    return change


def set_tier_value(tier_id: str, name: str, value: Value) -> Change:
    """Return a change of one setting of one tier.

    Raises (when applied):
        SettingsError: there is no such tier.
    """

    def change(document: TOMLDocument) -> None:
        _put(_tier_block(document, tier_id), name, value)

    return change


def together(*changes: Change) -> Change:
    """Return a change that makes all of ``changes``, or none when one is refused."""

    def change(document: TOMLDocument) -> None:
        for each in changes:
            each(document)

    return change


def set_tier_part(tier_id: str, part: str, values: Mapping[str, Value]) -> Change:
    """Return a change of some settings of a tier's ``hosts``, ``plan`` or ``ability``; an empty one goes.

    A part that has lines of its own in the file (``[tiers.hosts]``) keeps them, with their remarks.

    Raises (when applied):
        SettingsError: there is no such tier.
    """

    def change(document: TOMLDocument) -> None:
        block = _tier_block(document, tier_id)
        given = block.get(part)
        if isinstance(given, Table) and not given.is_super_table():
            for name, value in values.items():
                _put(given, name, value)
            if not given:
                _drop(block, part)
            return
        table = tomlkit.inline_table()  # made anew: one that loses an entry keeps its comma
        for name, value in {**(given or {}), **values}.items():
            _put(table, name, value)
        if table and isinstance(given, InlineTable):
            block[part] = table
            return
        if given is not None:
            del block[part]
        if table:
            _add(block, part, table)

    return change


def set_ability(tier_id: str, category: str, value: str | Decimal | None) -> Change:
    """Return a change that corrects an ability of a tier; ``None`` goes back to the table's.

    Raises (when applied):
        SettingsError: there is no such tier.
    """
    return set_tier_part(tier_id, "ability", {category: value})


def add_tier(values: Mapping[str, Value]) -> Change:
    """Return a change that appends a ``[[tiers]]`` block; values that are ``None`` are left out."""

    def change(document: TOMLDocument) -> None:
        block = _block(values)
        tiers = document.get("tiers")
        if tiers is None:
            tiers = tomlkit.aot()
            document["tiers"] = tiers
        tiers.append(block)

    return change


def remove_tier(tier_id: str) -> Change:
    """Return a change that takes a tier's block out.

    Raises (when applied):
        SettingsError: there is no such tier.
    """

    def change(document: TOMLDocument) -> None:
        block = _tier_block(document, tier_id)
        tiers: AoT = document["tiers"]
        tiers.remove(block)

    return change


def move_tier(tier_id: str, places: int) -> Change:
    """Return a change that moves a tier's block down by so many places, or up, as far as it goes.

    ``places`` below zero go up. Remarks above a block, after an empty line, go with it; those above the first
    block stay on top.

    Raises (when applied):
        SettingsError: there is no such tier.
    """

    def change(document: TOMLDocument) -> None:
        block = _tier_block(document, tier_id)
        tiers: AoT = document["tiers"]
        blocks = list(tiers.body)
        at = next(place for place, each in enumerate(blocks) if each is block)
        remarks = ["", *(_cut_remarks(each) for each in blocks)]
        order = list(range(len(blocks)))
        order.insert(max(0, min(at + places, len(blocks) - 1)), order.pop(at))
        for place, number in enumerate(order):
            # What stands before a block's brackets is written as it is: here its remarks.
            blocks[number].trivia.indent = remarks[number]
            ends = place + 1 == len(order)
            if not ends or remarks[-1]:
                blocks[number].value.body.append((None, Whitespace("\n" + (remarks[-1] if ends else ""))))
        tiers.body[:] = [blocks[number] for number in order]

    return change


def add_budget(values: Mapping[str, Value]) -> Change:
    """Return a change that appends a ``[[budget.only]]`` block; values that are ``None`` are left out."""
    return add_block("budget", "only", values)


def remove_budget(place: int) -> Change:
    """Return a change that takes the ``[[budget.only]]`` block at ``place`` out, counted from 0.

    Raises (when applied):
        SettingsError: there is none at that place.
    """
    return remove_block("budget", "only", place, tr("That budget is"))


def add_block(section: str, name: str, values: Mapping[str, Value]) -> Change:
    """Return a change that appends a ``[[section.name]]`` block; values that are ``None`` are left out."""

    def change(document: TOMLDocument) -> None:
        block = _block(values)
        if section not in document:
            document[section] = tomlkit.table(is_super_table=True)
        table: Any = document[section]
        if name not in table:
            table[name] = tomlkit.aot()
        table[name].append(block)

    return change


def remove_block(section: str, name: str, place: int, what: str) -> Change:
    """Return a change that takes the ``[[section.name]]`` block at ``place`` out; ``what`` names it.

    Raises (when applied):
        SettingsError: there is none at that place.
    """

    def change(document: TOMLDocument) -> None:
        blocks = document.get(section, {}).get(name, [])
        if not 0 <= place < len(blocks):
            raise SettingsError(tr("{what} not there any more; the file was changed meanwhile.", what=what))
        del blocks[place]

    return change


def _tier_block(document: TOMLDocument, tier_id: str) -> Any:
    for block in document.get("tiers", []):
        if block.get("id") == tier_id:
            return block
    known = ", ".join(str(block.get("id")) for block in document.get("tiers", [])) or "none"
    raise SettingsError(
        tr("There is no tier {tier_id}; the tiers are: {known}.", tier_id=f"{tier_id!r}", known=known)
    )


def _cut_remarks(block: Any) -> str:
    """Take out of a block what stands below its last setting and an empty line: the remarks of the next."""
    body = block.value.body
    if body and isinstance(body[-1][1], Table):
        return _cut_remarks(body[-1][1])
    start = _remarks_at(body)
    found = "".join(each.as_string() for _, each in body[start:] if isinstance(each, Comment))
    del body[start:]
    return found


def _remarks_at(body: list[Any]) -> int:
    """Return where the remarks of the next block begin: below the last setting and an empty line."""
    last = max((place for place, (key, _) in enumerate(body) if key is not None), default=-1)
    gaps = (at for at in range(last + 1, len(body)) if isinstance(body[at][1], Whitespace))
    return next(gaps, len(body))


def _drop(block: Any, part: str) -> None:
    """Take a part out of a block, but not the remarks that stand below it: they belong to what comes next."""
    remarks = _cut_remarks(block[part]) if isinstance(block[part], Table) else ""
    block.remove(part)
    if remarks:
        block.value.body.append((None, Whitespace(f"\n{remarks}")))


def _block(values: Mapping[str, Value]) -> Item:
    block = tomlkit.table()
    for name, value in values.items():
        _put(block, name, value)
    return block


def _put(table: Any, name: str, value: Value) -> None:
    if value is None:
        if name in table:
            del table[name]
    elif name in table or not isinstance(table, Table):
        table[name] = _item(value)
    else:
        _add(table, name, _item(value))


def _add(table: Table, name: str, item: Item) -> None:
    """Add a setting below the last one: the remarks of the block that follows stay below it."""
    body = table.value.body
    remarks = body[(start := _remarks_at(body)) :]
    del body[start:]
    table[name] = item
    body.extend(remarks)


def _item(value: str | int | bool | Decimal | Sequence[str] | Sequence[int]) -> Item:  # noqa: FBT001 - a TOML value may be a bool
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return tomlkit.float_(text if "." in text else f"{text}.0")
    return tomlkit.item(value)
