"""``ask`` and ``terminal``: a prompt in, the answer streamed out, what it cost on standard error."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click

from compute_broker.broker.broker import Broker
from compute_broker.broker.events import (
    AskEvent,
    AskOptions,
    BudgetWarning,
    Checking,
    Decided,
    Delta,
    Failed,
    Failover,
    Finished,
    Receipt,
    Replaced,
    Source,
)
from compute_broker.broker.report import decision_report, receipt_report
from compute_broker.broker.words import footer
from compute_broker.cli.opening import opened
from compute_broker.compose import Services
from compute_broker.core.attachment import (
    MOST_ATTACHED,
    Attachment,
    TextFile,
    attachment,
)
from compute_broker.core.decision import Decision, PlanKind, parse_mode
from compute_broker.core.errors import PersonError
from compute_broker.core.texts import listed
from compute_broker.core.usage import FinishReason
from compute_broker.file_reading import read_file


@click.command()
@click.argument("prompt", required=False)
@click.option("--tier", "tier_id", metavar="ID", help="Ask this tier instead of letting the broker choose.")
@click.option("--mode", help="thrifty, balanced, best, or a quality floor up to 1.")
@click.option("--private", is_flag=True, help="Only tiers on this machine may see the prompt.")
@click.option("--over-budget", is_flag=True, help="Pass a hard budget this once; it is recorded.")
@click.option("--project", help="A tag of your own for budgets and reports.")
@click.option(
    "--attach",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Send a text or an image along; may be given again.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object when the answer is complete.")
def ask(
    prompt: str | None,
    tier_id: str | None,
    mode: str | None,
    private: bool,  # noqa: FBT001 - click passes flags so
    over_budget: bool,  # noqa: FBT001
    project: str | None,
    files: tuple[Path, ...],
    as_json: bool,  # noqa: FBT001
) -> int:
    """Answer PROMPT (or standard input) on the cheapest tier that can do it well."""
    text = (prompt if prompt not in {None, "-"} else _from_standard_input()) or ""
    if not text.strip() and not files:
        raise click.UsageError('Give a prompt: compute-broker ask "How do tides work?"')
    options = AskOptions(
        source=Source.COMMAND_LINE,
        mode=_mode(mode),
        tier_id=tier_id,
        private=private,
        override_budget=over_budget,
        project=project,
        attached=_attached(files),
    )
    return asyncio.run(_ask_once(text, options, as_json=as_json))


@click.command()
def terminal() -> int:
    """Read prompts from standard input, one a line, and stream the answers to standard output.

    A line that ends in a backslash goes on in the next one. Ctrl-C stops an answer, Ctrl-D leaves.
    """
    with asyncio.Runner() as runner:
        session = opened()
        services = runner.run(session.__aenter__())
        failed = False
        try:
            while (text := _next_prompt()) is not None:
                options = AskOptions(source=Source.COMMAND_LINE)
                try:
                    failed = runner.run(_answer(services, text, options)) is None
                except KeyboardInterrupt:
                    sys.stderr.write("\nStopped.\n")
        finally:
            runner.run(session.__aexit__(None, None, None))
    return 1 if failed else 0


def _attached(files: tuple[Path, ...]) -> tuple[Attachment, ...]:
    """Read what is to go along; images go as they are, within what providers take."""
    if len(files) > MOST_ATTACHED:
        raise click.UsageError(f"At most {MOST_ATTACHED} files go with one prompt, not {len(files)}.")
    found = tuple(attachment(*read_file(path)) for path in files)
    for each in found:
        if isinstance(each, TextFile) and each.note:
            _say(f"{each.name}: {each.note}.")
    return found


def _mode(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return parse_mode(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _from_standard_input() -> str | None:
    if sys.stdin.isatty():
        return None
    return sys.stdin.read()


def _next_prompt() -> str | None:
    """Return the next prompt, or ``None`` at the end of standard input or at Ctrl-C."""
    parts: list[str] = []
    while True:
        if sys.stdin.isatty():
            sys.stderr.write("… " if parts else "> ")
            sys.stderr.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            return None
        if not line:
            return "\n".join(parts) or None
        line = line.rstrip("\r\n")
        parts.append(line.removesuffix("\\"))
        if not line.endswith("\\"):
            text = "\n".join(parts)
            if text.strip():
                return text
            parts.clear()


async def _ask_once(text: str, options: AskOptions, *, as_json: bool) -> int:
    async with opened() as services:
        if options.tier_id is not None and options.tier_id not in services.broker.snapshot.quotes:
            raise PersonError(services.broker.preview(text, options).reason)
        if not as_json:
            return 0 if await _stream(services.broker, text, options) else 1
        result = await _collect(services.broker, text, options)
    sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    return 0 if result.get("answer") is not None else 1


async def _answer(services: Services, text: str, options: AskOptions) -> Receipt | None:
    """Stream one answer of a session: while its prompt was typed, servers came and went."""
    await services.look_again()
    return await _stream(services.broker, text, options)


async def _stream(broker: Broker, text: str, options: AskOptions) -> Receipt | None:
    """Stream one answer to standard output; what happens besides goes to standard error."""
    receipt, held = None, False
    async with aclosing(broker.ask(text, options)) as events:
        async for event in events:
            if isinstance(event, Decided):
                # Whoever reads a pipe wants one answer: the one that stands after the check.
                held = _is_checked(event.decision) and not sys.stdout.isatty()
            if isinstance(event, Delta):
                if not held:
                    sys.stdout.write(event.text)
                    sys.stdout.flush()
            elif isinstance(event, Finished):
                receipt = event.receipt
            elif note := _note(event):
                _say(note)
    if receipt is not None:
        sys.stdout.write(f"{receipt.answer if held else ''}\n")
        sys.stdout.flush()
        _say(footer(receipt))
        if receipt.finish is FinishReason.CUT_OFF:
            _say("The answer was cut off; what arrived is kept.")
    return receipt


def _is_checked(decision: Decision) -> bool:
    return decision.plan is not None and decision.plan.kind is PlanKind.CROSS_CHECK


def _note(event: AskEvent) -> str:
    """Return what a person should know of an event beside the answer; empty for nothing."""
    if isinstance(event, Decided):
        return f"→ {event.decision.reason}" if event.decision.plan is not None else ""
    if isinstance(event, Failover):
        too = listed([quote.tier.label for quote in event.too]) if event.too else ""
        over = f"; {too} {'is' if len(event.too) == 1 else 'are'} at the same address" if too else ""
        return f"{event.failed.tier.label} did not answer: {event.reason.rstrip('.')}{over}; asking the next."
    if isinstance(event, Checking):
        by = event.by.tier.label
        return f"Not agreed; asking {by}." if event.disagreed else f"Being checked by {by}."
    if isinstance(event, Replaced):
        return f"That does not stand; {event.quote.tier.label} answers:"
    if isinstance(event, BudgetWarning):
        return event.text
    return _why(event) if isinstance(event, Failed) else ""


def _why(failed: Failed) -> str:
    """Return why there is no answer, with the way past a budget that a command line has."""
    way = " To send it once all the same, add --over-budget." if failed.over_budget else ""
    return f"{failed.message}{way}"


async def _collect(broker: Broker, text: str, options: AskOptions) -> dict[str, Any]:
    decision: Decision | None = None
    notes: list[str] = []
    async with aclosing(broker.ask(text, options)) as events:
        async for event in events:
            if isinstance(event, Decided):
                decision = event.decision
            elif isinstance(event, Failover):
                notes.append(f"{event.failed.tier.label}: {event.reason}")
            elif isinstance(event, BudgetWarning):
                notes.append(event.text)
            elif isinstance(event, Finished):
                return {**receipt_report(event.receipt), "notes": notes}
            elif isinstance(event, Failed):
                return {
                    "request_id": event.request_id,
                    "answer": None,
                    "error": _why(event),
                    "notes": notes,
                    "decision": decision_report(decision) if decision else None,
                }
    raise AssertionError("a request ends with Finished or Failed")


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
