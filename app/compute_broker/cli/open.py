"""``open``: a window of the desktop program, from a terminal or a shortcut of the system."""

from __future__ import annotations

import click

from compute_broker.core.errors import EnvironmentFaultError
from compute_broker.window_names import WINDOWS


@click.command(name="open")
@click.argument("window", type=click.Choice(WINDOWS))
def open_window(window: str) -> None:
    """Open a window of the desktop program, which is started when it does not run.

    There are the quick ask (ask), today at a glance, usage, history, settings, the trial on your prompts and
    the first steps (welcome).
    """
    # With a screen the start goes to the desktop before it comes here, which does without Qt.
    raise EnvironmentFaultError(
        f"There is no display here to open {window} on. In the terminal there are: compute-broker usage, "
        "tiers, doctor and experiment; the settings are a file, which doctor names."
    )
