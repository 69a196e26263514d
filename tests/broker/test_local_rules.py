"""A person's rules pass a tier over, the choice says so, and who names the tier by hand gets it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from broker.builders import HAIKU, LOCAL, snapshot, task
from broker.world import LOCAL as STUDIO
from broker.world import ask, end_of, world, write_settings
from compute_broker.broker.events import Failed, Finished
from compute_broker.broker.policy import Rules, decide
from compute_broker.broker.reading import may_read
from compute_broker.core.decision import MODES, Verdict
from compute_broker.market.conditions import ConditionReader
from doubles.kernel_tree import KernelTree
from doubles.lmstudio_api import LMStudioDouble

BALANCED = Rules(MODES["balanced"])
BARRED = replace(LOCAL, rule="on battery at 30 %, and your rule asks for more than 40 %")


def test_a_rule_passes_the_tier_over_and_says_why() -> None:
    assert decide(task(-3.0), snapshot(LOCAL, HAIKU), BALANCED).quote.tier.id == "local"
    decision = decide(task(-3.0), snapshot(BARRED, HAIKU), BALANCED)
    assert decision.quote.tier.id == "haiku"
    (row,) = [each for each in decision.considered if each.quote.tier.id == "local"]
    assert (row.verdict, row.reason) == (Verdict.BY_RULE, BARRED.rule)
    assert all(each.tier.id != "local" for each in decision.fallbacks)


def test_who_names_the_tier_by_hand_gets_it_and_is_told_of_the_rule() -> None:
    decision = decide(task(), snapshot(BARRED, HAIKU), Rules(MODES["balanced"], tier_id="local"))
    assert decision.quote.tier.id == "local"
    assert decision.reason == f"Local: you chose it, although {BARRED.rule}."


def test_with_every_tier_barred_the_person_is_told_what_to_do() -> None:
    decision = decide(task(), snapshot(BARRED), BALANCED)
    assert decision.plan is None
    assert "@local" in decision.reason
    assert "Settings" in decision.reason
    assert BARRED.rule in decision.reason


def test_a_private_prompt_is_kept_here_even_if_a_rule_bars_the_only_tier_for_it() -> None:
    decision = decide(task(private=True), snapshot(BARRED, HAIKU), BALANCED)
    assert decision.plan is None
    assert BARRED.rule in decision.reason


def test_a_tier_that_is_passed_over_reads_no_prompts_either() -> None:
    decision = decide(task(), snapshot(BARRED, HAIKU), BALANCED)
    assert may_read(decision, LOCAL, "Why?", None)
    assert not may_read(decision, BARRED, "Why?", None)


@pytest.fixture
def battery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop on its battery at 30 per cent, as every reader of this test sees it."""
    tree = KernelTree(tmp_path / "root")
    found = tree.add_battery(charge=30)
    monkeypatch.setattr(ConditionReader.__init__, "__defaults__", (tree.root, None))
    return found


async def test_the_prompt_waits_for_the_person_when_a_rule_bars_all_and_goes_where_they_say(
    battery: Path,
) -> None:
    with LMStudioDouble() as studio:
        home = write_settings(
            STUDIO.format(url=studio.url), head='mode = "balanced"\n[local]\non_battery = "above 40 %"\n'
        )
        async with world(home) as services:
            failed = end_of(await ask(services, "Why is it?"))
            assert isinstance(failed, Failed)
            assert "on battery at 30 %" in failed.message
            (entry,) = await services.broker.ledger.open_requests()
            assert entry.prompt == "Why is it?", "it is kept, and can be sent again"
            done = end_of(await ask(services, "Why is it?", tier_id="local"))
            assert isinstance(done, Finished)
            assert "you chose it, although on battery at 30 %" in done.receipt.decision.reason
