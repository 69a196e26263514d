"""What a person may write for a hotkey, and what each system gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.core.errors import PersonError
from compute_broker.desktop.hotkey.keys import KEYS, Combination, Modifier, parse_combination
from compute_broker.desktop.hotkey.portal import trigger


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Ctrl+Alt+Space", "Ctrl+Alt+Space"),
        ("alt + CONTROL + space", "Ctrl+Alt+Space"),
        ("cmd+shift+k", "Shift+Meta+K"),
        ("Super+F12", "Meta+F12"),
        ("F9", "F9"),
        ("shift+f1", "Shift+F1"),
        ("ctrl+,", "Ctrl+,"),
        ("ctrl+pgup", "Ctrl+PageUp"),
        ("Win+`", "Meta+`"),
    ],
)
def test_it_is_read_as_it_is_written(text: str, canonical: str) -> None:
    assert str(parse_combination(text)) == canonical


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no key"),
        ("Ctrl+", "no key"),
        ("Ctrl+Alt", "no key"),
        ("Space", "type with"),
        ("Shift+A", "type with"),
        ("Hyper+A", "no modifier"),
        ("Ctrl++", "no modifier"),
        ("Ctrl+Ä", "no key"),
        ("Ctrl+F25", "no key"),
    ],
)
def test_what_cannot_be_grabbed_is_refused_with_a_remedy(text: str, why: str) -> None:
    with pytest.raises(PersonError, match=why) as caught:
        parse_combination(text)
    assert str(caught.value).endswith(".")


@given(st.sets(st.sampled_from(Modifier)), st.sampled_from(sorted(KEYS)))
def test_every_combination_survives_the_settings_file(modifiers: set[Modifier], key: str) -> None:
    combination = Combination(frozenset(modifiers | {Modifier.CTRL}), KEYS[key])
    assert parse_combination(str(combination)) == combination


def test_no_two_keys_share_a_number() -> None:
    for numbers in (
        [key.keysym for key in KEYS.values()],
        [key.windows for key in KEYS.values()],
        [key.mac for key in KEYS.values() if key.mac is not None],
        [key.xkb for key in KEYS.values()],
    ):
        assert len(set(numbers)) == len(numbers)


def test_the_portal_gets_its_own_spelling() -> None:
    assert trigger(parse_combination("Ctrl+Alt+Space")) == "CTRL+ALT+space"
    assert trigger(parse_combination("Meta+Shift+K")) == "SHIFT+LOGO+k"
