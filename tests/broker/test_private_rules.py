"""Private by rule: what matches, how it is said, and that nothing gets around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.world import LOCAL, ask, cloud, end_of, world, write_settings
from compute_broker.broker.events import Failed, Finished
from compute_broker.config.store import SettingsStore
from compute_broker.core.private import PrivacyRules
from compute_broker.core.stream import Message, Role
from doubles.lmstudio_api import LMStudioDouble
from doubles.script import Failure

RULES = PrivacyRules(["Project Falcon", "INV-####", "acme*", "C++ core", "Łódź"], ["keys", "emails"])


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("What about project  falcon?", "“Project Falcon”"),
        ("PROJECT\nFALCON is late", "“Project Falcon”"),
        ("project falconry", None),
        ("bill inv-2031 twice", "“INV-####”"),
        ("inv-20315", None),
        ("ask AcmeCorp", "“acme*”"),
        ("an acne cream", None),
        ("the c++ core team", "“C++ core”"),
        ("in ŁÓDŹ", "“Łódź”"),
        ("ｐｒｏｊｅｃｔ falcon", "“Project Falcon”"),
        ("write to ada@example.org", "an e-mail address"),
        ("a @ b", None),
        ("sk-ant-api03-abcdefghijklmnop", "a key or password"),
        ("password: hunter2", "a key or password"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a key or password"),
        ("I forgot my password", None),
        ("", None),
    ],
)
def test_rules_find_what_they_name_and_no_more(text, rule):
    assert RULES.rule_for(text) == rule


@pytest.mark.parametrize("word", ["", "*", "a", "#", "-*-"])
def test_a_word_that_matches_nearly_everything_is_refused(word):
    with pytest.raises(ValueError, match="at least two letters"):
        PrivacyRules([word])


@given(st.text(), st.text())
def test_a_name_is_found_wherever_it_stands(before, after):
    assert RULES.rule_for(f"{before} Project Falcon {after}") is not None


@given(st.lists(st.text(min_size=3, max_size=20), max_size=5), st.text())
def test_any_words_make_rules_or_are_refused(words, text):
    try:
        rules = PrivacyRules(words)
    except ValueError:
        return
    rules.rule_for(text)


def test_a_bad_rule_is_told_with_its_line():
    home = write_settings(head='mode = "best"\n\n[privacy]\nwords = ["fine", "*"]\n')
    problem = SettingsStore(home).problem
    assert "line 4: privacy.words" in problem
    assert "'*' would make nearly every prompt private" in problem


HEAD = '[privacy]\nwords = ["Project Falcon"]\n[cross_check]\nbalanced = "always"\n'
PROMPT = "How many people work on Project Falcon?"


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tier_id": "opus"},
        {"better_than": "local"},
        {"override_budget": True},
        {"private": False},
    ],
)
async def test_nothing_gets_a_private_prompt_off_the_machine(claude, options):
    """Chosen by hand, asked of a better tier, with a failing local tier, checked by two: it stays."""
    with LMStudioDouble() as studio:
        studio.enqueue(Failure(500, "internal_error", "broken"))
        blocks = (LOCAL.format(url=studio.url), cloud("haiku", claude.url), cloud("opus", claude.url))
        async with world(write_settings(*blocks, head=HEAD), anthropic="sk-test") as services:
            first = end_of(await ask(services, PROMPT, **options))
            assert isinstance(first, Failed | Finished)
            (entry,) = await services.broker.history()
            assert entry.private
    assert claude.chats == []


async def test_a_model_reader_does_not_see_a_private_prompt_and_the_rule_is_told(claude):
    head = f'classifier = "model"\n{HEAD}'
    with LMStudioDouble() as studio:
        blocks = (LOCAL.format(url=studio.url), cloud("haiku", claude.url))
        async with world(write_settings(*blocks, head=head), anthropic="sk-test") as services:
            events = await ask(services, PROMPT)
            assert "private by your rule “Project Falcon”" in events[0].decision.reason
            barred = next(row for row in events[0].decision.considered if row.quote.tier.id == "haiku")
            assert "by your rule “Project Falcon”" in barred.reason
    assert claude.chats == []


async def test_a_name_in_an_earlier_turn_keeps_the_conversation_here(claude):
    history = (Message(Role.USER, PROMPT), Message(Role.ASSISTANT, "Twelve."))
    async with world(write_settings(cloud("haiku", claude.url), head=HEAD), anthropic="sk-test") as services:
        assert isinstance(end_of(await ask(services, "And how many next year?", history=history)), Failed)
        assert isinstance(end_of(await ask(services, "What is the capital of France?")), Finished)
    assert len(claude.chats) == 1
