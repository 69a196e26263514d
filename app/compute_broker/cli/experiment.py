"""``experiment``: what the broker saves and at what quality, shown on anybody's prompts."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from compute_broker.core.decision import MODES, parse_mode
from compute_broker.core.errors import PersonError

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)
POINTS = 100.0
_MOST_REPLAYED = 300
"""Prompts of a replay that the page shows in full; there may be thousands."""


class Names(click.ParamType[tuple[str, ...]]):
    """Names with commas between them."""

    name = "names"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the names, each once, in order."""
        if isinstance(value, tuple):
            return value
        names = tuple(dict.fromkeys(name.strip() for name in str(value).split(",") if name.strip()))
        if not names:
            self.fail("give at least one name", param, ctx)
        return names


class Modes(Names):
    """Modes with commas between them."""

    name = "modes"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the modes, or fail with a remedy."""
        names = super().convert(value, param, ctx)
        for name in names:
            try:
                parse_mode(name)
            except ValueError as error:
                self.fail(str(error), param, ctx)
        return names


MODES_OPTION = click.option(
    "--modes",
    type=Modes(),
    default=tuple(MODES),
    help="Modes to try; thrifty,balanced,best unless said otherwise.",
)
margin_option = click.option(
    "--margin",
    type=click.FloatRange(0, 100, min_open=True),
    default=5.0,
    show_default=True,
    help="Points of a hundred that still count as equal quality.",
)


@click.group()
def experiment() -> None:
    """Measure what the broker saves and at what quality."""


@experiment.command()
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option(
    "--prices", required=True, type=_FILE, help="JSON {model: [usd_per_mtok_in, usd_per_mtok_out]}."
)
@MODES_OPTION
@click.option("--baseline", help="The model to compare with; the best of each file unless said otherwise.")
@margin_option
@click.option("--out", type=FOLDER, default=Path("replay"), show_default=True, help="Folder for the reports.")
def replay(
    files: tuple[Path, ...],
    prices: Path,
    modes: tuple[str, ...],
    baseline: str | None,
    margin: float,
    out: Path,
) -> None:
    """Report on the recorded outcomes in FILES (JSON lines, may be gzipped). Nothing is sent."""
    from compute_broker.experiment.collection import read_prices  # noqa: PLC0415 - numpy, for this only
    from compute_broker.experiment.replay import replay as run  # noqa: PLC0415 - likewise

    listed = read_prices(prices)
    names = [file.name.split(".")[0] for file in files]
    if len(set(names)) < len(names):
        raise PersonError("two files have the same name; replay them into different folders with --out")
    for file, name in zip(files, names, strict=True):
        results = run(
            file, listed, prices_name=prices.name, modes=modes, baseline=baseline, margin=margin / POINTS
        )
        report_on(results, out / name, most_prompts=_MOST_REPLAYED)


def report_on(results: Any, folder: Path, *, most_prompts: int | None = None) -> None:
    """Write the report and say what is in it."""
    from compute_broker.experiment.report.words import (  # noqa: PLC0415 - for this only
        interval,
        percent,
        points,
        verdict,
    )
    from compute_broker.experiment.report.write import write  # noqa: PLC0415 - likewise
    from compute_broker.experiment.results.figures import figures  # noqa: PLC0415 - numpy

    report = figures(results)
    html, _ = write(folder, report, most_prompts=most_prompts)
    lines = [f"{report['title']}: {report['prompts']} prompts, baseline {report['baseline']}"]
    for arm in report["arms"]:
        if arm["kind"] == "mode":
            saved = f"saved {percent(arm['saved']['value'])} {interval(arm['saved'])}"
            quality = (
                f"quality {points(arm['difference']['value'])} {interval(arm['difference'], as_points=True)}"
            )
            lines.append(f"  {arm['label']:9} {saved}, {quality}: {verdict(arm, report['baseline'])[1]}")
    _print([*lines, f"  {html}"])


def _print(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
