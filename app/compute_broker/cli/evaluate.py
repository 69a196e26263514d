"""``evaluate``: how well the router would have done on recorded outcomes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
@click.option(
    "--prices", required=True, type=_FILE, help="JSON {model: [usd_per_mtok_in, usd_per_mtok_out]}."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--picture", type=click.Path(path_type=Path, dir_okay=False), help="Write the curve as SVG.")
def evaluate(file: Path, prices: Path, as_json: bool, picture: Path | None) -> None:  # noqa: FBT001 - click
    """Report cost against quality on the recorded outcomes in FILE (JSON lines, may be gzipped)."""
    from compute_broker.experiment.evaluate import run_evaluate  # noqa: PLC0415 - numpy, for this only

    sys.stdout.write(run_evaluate(file, prices, as_json=as_json, picture=picture))
