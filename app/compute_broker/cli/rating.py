"""``experiment rate`` and ``experiment report``: the person's own word, and the report made anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from compute_broker.cli.experiment import FOLDER, POINTS, margin_option, report_on


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--most", type=click.IntRange(1), default=20, show_default=True, help="Pairs in one sitting.")
@margin_option
def rate(folder: Path, most: int, margin: float) -> None:
    """Say which of two answers is better, without knowing whose they are. Ctrl-D ends it; nothing is lost."""
    from compute_broker.experiment.judge import rating  # noqa: PLC0415 - for this only
    from compute_broker.experiment.results.scoring import program_scorer  # noqa: PLC0415 - likewise
    from compute_broker.experiment.session import recorded, results_of  # noqa: PLC0415 - likewise

    setup, answers = recorded(folder)
    scorer, rated = program_scorer(allow_code=setup.allow_code), rating.read_ratings(folder)
    pairs = rating.to_rate(setup, answers, scorer, rated)
    if not pairs:
        click.echo("Nothing to rate: a program can tell, all is rated, or not all has been asked yet.")
    for number, pair in enumerate(pairs[:most]):
        click.echo(f"\n{rating.progress(pairs[number:], rated)}")
        better = _which(pair)
        if better == "q":
            break
        if better != "s":
            verdict = rating.verdict_of(pair, {"a": 0, "b": 1}.get(better))
            rating.keep_rating(folder, pair, verdict)
            rated[pair.key] = verdict
    report_on(results_of(folder, scorer, margin=margin / POINTS), folder)


@click.command()
@click.argument("folder", type=FOLDER)
@margin_option
def report(folder: Path, margin: float) -> None:
    """Write the report in FOLDER anew from its journal. Nothing is sent."""
    from compute_broker.experiment.results.scoring import program_scorer  # noqa: PLC0415 - for this only
    from compute_broker.experiment.session import recorded, results_of  # noqa: PLC0415 - likewise

    scorer = program_scorer(allow_code=recorded(folder)[0].allow_code)
    report_on(results_of(folder, scorer, margin=margin / POINTS), folder)


def _which(pair: Any) -> str:
    from compute_broker.experiment.judge.rating import sides  # noqa: PLC0415 - for this only
    from compute_broker.experiment.report.words import shown  # noqa: PLC0415 - likewise

    click.echo(f"\n{shown(pair.question)}\n")
    for name, answer in zip("AB", sides(pair), strict=True):
        click.echo(click.style(f"── {name} ", bold=True) + f"\n{shown(answer.text)}\n")
    try:
        said: str = click.prompt(
            "Better: a, b, = (neither), s (skip), q (stop)",
            type=click.Choice(["a", "b", "=", "s", "q"], case_sensitive=False),
            show_choices=False,
        )
    except click.Abort:
        return "q"
    return said.lower()
