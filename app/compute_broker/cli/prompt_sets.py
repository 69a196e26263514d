"""``experiment prompts``: what a set of prompts holds, and whether it is sound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from compute_broker.experiment.prompts import PromptItem

MAP_OPTION = click.option(
    "--map",
    "mapping",
    multiple=True,
    metavar="OURS=THEIRS",
    help="Which field of the file is ours: prompt=question.",
)


def read_set(path: Path | None, mapping: tuple[str, ...]) -> list[PromptItem]:
    """Return the prompts in ``path``, or our own without one.

    Raises:
        PersonError: the file makes no sense, line by line.
    """
    from compute_broker.experiment.prompts import own_set, parse_mapping, read_prompts  # noqa: PLC0415 - lazy

    return read_prompts(path or own_set(), parse_mapping(mapping))


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@MAP_OPTION
@click.option("--check", is_flag=True, help="Hold each reference against its own check.")
def prompts(file: Path | None, mapping: tuple[str, ...], check: bool) -> int:  # noqa: FBT001 - a flag
    """Tell what is in FILE, or in the set that comes with this program; nothing is sent."""
    from compute_broker.experiment.prompts import own_set  # noqa: PLC0415 - for this only
    from compute_broker.experiment.set_check import unsound  # noqa: PLC0415 - likewise

    items = read_set(file, mapping)
    click.echo(f"{file or own_set()}: {len(items)} prompts")
    for name in ("category", "difficulty", "stakes"):
        _counts(name, Counter(getattr(item, name) or "none said" for item in items))
    _counts("check", Counter(str(item.check.get("kind", "rubric")) for item in items))
    if not check:
        return 0
    faults = unsound(items)
    click.echo("\n".join(faults) if faults else "Every reference passes its own check.")
    return 1 if faults else 0


def _counts(name: str, counts: Counter[str]) -> None:
    told = ", ".join(f"{value} {count}" for value, count in counts.most_common())
    click.echo(f"  {name:10} {told}")
