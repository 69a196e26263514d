"""Following a plan on recorded answers, and the lanes to providers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

import pytest

from broker.builders import ALL, HAIKU, LOCAL, OPUS, SONNET, task
from compute_broker.broker.policy import Rules, decide
from compute_broker.core.decision import Mode, Plan, PlanKind
from compute_broker.experiment.run.calls import Call, Purpose
from compute_broker.experiment.run.follow import NeedsError, Path, follow
from compute_broker.experiment.run.lanes import Lane, Lanes


@dataclass(frozen=True)
class Word:
    """An answer as following a plan needs it."""

    text: str
    usable: bool = True
    complete: bool = True


LOST = Word("", usable=False, complete=False)
SINGLE = decide(task(), ALL, Rules(Mode("own", 1.0)))
CHECKED = replace(
    SINGLE, plan=Plan(PlanKind.CROSS_CHECK, (SONNET, HAIKU), OPUS, 0.9, 0.95, 10), fallbacks=(LOCAL,)
)


def led(decision, said):
    """Follow with what each tier says, hinted or not; what is missing is wanted."""

    def ask(quote, hint):
        name = f"{quote.tier.id}{'+' if hint else ''}"
        if name not in said:
            raise NeedsError([Call("p", quote, "?", Purpose.HINTED if hint else Purpose.ALONE)])
        return said[name]

    return follow(decision, ask, lambda one, other: (one.text == other.text, None))


@pytest.mark.parametrize(
    ("said", "path", "text", "paid"),
    [
        ({"sonnet+": Word("4"), "haiku+": Word("4")}, Path.AGREED, "4", 2),
        ({"sonnet+": Word("4"), "haiku+": Word("5"), "opus+": Word("6")}, Path.SETTLED, "6", 3),
        ({"sonnet+": Word("4"), "haiku+": LOST, "opus+": Word("6")}, Path.SETTLED, "6", 3),
        ({"sonnet+": LOST, "haiku+": Word("5"), "opus+": LOST}, Path.UNCHECKED, "5", 3),
        (
            {"sonnet+": Word("4", complete=False), "haiku+": Word("4"), "opus+": Word("6")},
            Path.SETTLED,
            "6",
            3,
        ),
        ({"sonnet+": LOST, "haiku+": LOST, "opus": LOST, "local": Word("7")}, Path.SINGLE, "7", 4),
    ],
)
def test_a_cross_check_goes_the_way_of_the_broker(said, path, text, paid):
    found = led(CHECKED, said)
    assert (found.path, found.answer.text, len(found.paid), found.side_by_side) == (path, text, paid, 2)


def test_when_nobody_answers_all_that_was_paid_is_told():
    lost = dict.fromkeys(["sonnet+", "haiku+", "opus", "local"], LOST)
    found = led(CHECKED, lost)
    assert (found.answer, found.path, len(found.paid)) == (None, Path.FAILED, 4)
    assert led(replace(SINGLE, plan=None), {}).path is Path.FAILED


def test_both_of_a_pair_are_wanted_at_once_and_the_referee_only_when_needed():
    with pytest.raises(NeedsError) as needs:
        led(CHECKED, {})
    assert [call.quote.tier.id for call in needs.value.wanted] == ["sonnet", "haiku"]
    with pytest.raises(NeedsError) as needs:
        led(CHECKED, {"sonnet+": Word("4"), "haiku+": Word("5")})
    assert [call.quote.tier.id for call in needs.value.wanted] == ["opus"]


def test_one_tier_after_the_other_until_one_has_an_answer():
    order = [quote.tier.id for quote in (*SINGLE.plan.tiers, *SINGLE.fallbacks)]
    found = led(SINGLE, {order[0]: LOST, order[1]: Word("4")})
    assert (found.quote.tier.id, len(found.paid), found.side_by_side) == (order[1], 2, 1)
    assert SINGLE.plan.kind is PlanKind.SINGLE


async def test_a_lane_is_as_wide_as_said_and_half_as_wide_after_a_complaint():
    lane, inside, most = Lane(4), 0, []

    async def work():
        nonlocal inside
        async with lane.turn():
            inside += 1
            most.append(inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work() for _ in range(12)))
    assert max(most) == 4
    lane.rest(0.0, narrower=True)
    assert lane.width == 2
    await asyncio.gather(*(work() for _ in range(4)))
    most.clear()
    await asyncio.gather(*(work() for _ in range(12)))
    assert max(most) == 2
    for _ in range(5):
        lane.rest(0.0, narrower=True)
    assert lane.width == 1


def test_tiers_of_one_account_share_a_lane_and_servers_here_take_one_at_a_time():
    lanes = Lanes(4)
    keyed = [replace(quote.tier, key_name="anthropic") for quote in (HAIKU, OPUS)]
    assert lanes.of(keyed[0]) is lanes.of(keyed[1])
    assert lanes.of(keyed[0]) is not lanes.of(replace(keyed[0], key_name="another"))
    assert lanes.of(LOCAL.tier).width == 1
    assert lanes.of(keyed[0]).width == 4


def test_a_call_is_the_same_only_if_everything_that_is_sent_is():
    call = Call("p", HAIKU, "Why?", Purpose.ALONE)
    assert call.key == Call("p", HAIKU, "Why?", Purpose.HINTED).key
    other = [
        Call("q", HAIKU, "Why?", Purpose.ALONE),
        Call("p", SONNET, "Why?", Purpose.ALONE),
        Call("p", HAIKU, "Why not?", Purpose.ALONE),
        replace(call, system="Be brief."),
        replace(call, max_output_tokens=10),
        replace(call, quote=replace(HAIKU, tier=replace(HAIKU.tier, base_url="https://other.example"))),
    ]
    assert len({call.key, *(each.key for each in other)}) == 7
