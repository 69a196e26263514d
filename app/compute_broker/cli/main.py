"""The commands and what they share: errors in one sentence, and exit codes.

Exit codes: 0 done, 1 no answer or a check failed, 2 wrong use or something the person can mend.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any

import click

from compute_broker import __version__
from compute_broker.cli.ask import ask, terminal
from compute_broker.cli.doctor import doctor
from compute_broker.cli.evaluate import evaluate
from compute_broker.cli.experiment import experiment
from compute_broker.cli.gateway import gateway
from compute_broker.cli.hardware import hardware
from compute_broker.cli.keys import keys
from compute_broker.cli.learned import learned
from compute_broker.cli.ledger import ledger
from compute_broker.cli.open import open_window
from compute_broker.cli.prices import prices
from compute_broker.cli.prompt_sets import prompts
from compute_broker.cli.rating import rate, report
from compute_broker.cli.routing import classify, route
from compute_broker.cli.tiers import tiers
from compute_broker.cli.trial import run
from compute_broker.cli.usage import export, usage
from compute_broker.core.errors import BrokerError, PersonError


class ReaderLeftError(Exception):
    """Whoever read our output closed it: ``head``, a pager."""


class Commands(click.Group):
    """The commands. A reader that leaves is told apart before click makes a fault of it."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for, and write all that it said."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderLeftError from error
        return result


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="compute-broker")
def cli() -> None:
    """Send each prompt to the cheapest place that can do the job well.

    Without a command: the tray icon, or a terminal quick ask where there is no display.
    """


for command in (
    ask,
    terminal,
    tiers,
    prices,
    usage,
    export,
    classify,
    route,
    evaluate,
    experiment,
    learned,
    ledger,
    doctor,
    gateway,
    hardware,
    keys,
    open_window,
):
    cli.add_command(command)

for command in (run, rate, report, prompts):
    experiment.add_command(command)


def command_line(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; errors become one sentence on standard error."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            # A terminal's code page lacks most characters, and a pipe may bring anything.
            stream.reconfigure(errors="replace")
    try:
        result = cli.main(list(arguments), prog_name="compute-broker", standalone_mode=False)
    except click.exceptions.Abort:
        sys.stderr.write("Stopped.\n")
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokerError as error:
        sys.stderr.write(f"{error}\n")
        return 2 if isinstance(error, PersonError) else 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130
    except ReaderLeftError:
        # Nothing more to say, and no error. What is still held back goes nowhere, without a word at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return result if isinstance(result, int) else 0
