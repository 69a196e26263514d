"""Hosts, plan and abilities of a tier in the file: changed where they stand, remarks kept."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from compute_broker.config.edits import move_tier, set_tier_part, set_tier_value

FORMS = {
    "a table on one line": """[[tiers]]
id = "a"
hosts = { only = ["x"], sort = "price" } # mine
model = "m"

# remark of b
[[tiers]]
id = "b"
""",
    "a block of its own": """[[tiers]]
id = "a"
model = "m"

[tiers.hosts]  # mine
only = ["x"] # one
# between
sort = "price"

# remark of b
[[tiers]]
id = "b"
""",
    "names with dots": """[[tiers]]
id = "a" # mine
hosts.only = ["x"]
hosts.sort = "price"
model = "m"

# remark of b
[[tiers]]
id = "b"
""",
    "no hosts yet": """[[tiers]]
id = "a" # mine
model = "m"

# remark of b
[[tiers]]
id = "b"
""",
}
NAMES = ("only", "sort", "ignore", "max_price_in")
CHANGES = st.lists(
    st.dictionaries(st.sampled_from(NAMES), st.none() | st.sampled_from(["y", "z"]), max_size=3), max_size=4
)


def hosts_of(text: str) -> dict[str, Any]:
    return tomllib.loads(text)["tiers"][0].get("hosts", {})


@pytest.mark.parametrize("form", FORMS)
@given(changes=CHANGES)
def test_what_is_set_is_in_the_file_in_whatever_form_it_was_written(form: str, changes: Any) -> None:
    text = FORMS[form]
    wanted = hosts_of(text)
    for change in changes:
        document = tomlkit.parse(text)
        set_tier_part("a", "hosts", change)(document)
        text = tomlkit.dumps(document)
        wanted = {name: value for name, value in {**wanted, **change}.items() if value is not None}
        tiers = tomllib.loads(text)["tiers"]
        assert hosts_of(text) == wanted
        assert (tiers[0]["model"], tiers[1]) == ("m", {"id": "b"})
        assert "hosts" in tiers[0] or not wanted, "an empty part is taken out"
        assert text.count("# remark of b\n[[tiers]]") == 1, "a remark stays above its block"


def test_a_block_of_its_own_keeps_its_remarks() -> None:
    document = tomlkit.parse(FORMS["a block of its own"])
    set_tier_part("a", "hosts", {"only": ["z"], "ignore": ["w"]})(document)
    assert tomlkit.dumps(document) == FORMS["a block of its own"].replace(
        'only = ["x"]', 'only = ["z"]'
    ).replace('sort = "price"\n', 'sort = "price"\nignore = ["w"]\n')


def test_a_part_is_added_above_the_blocks_below_the_tier() -> None:
    document = tomlkit.parse(FORMS["a block of its own"])
    set_tier_part("a", "plan", {"requests": 200, "then": "stop"})(document)
    set_tier_value("a", "label", "A")(document)
    tier = tomllib.loads(tomlkit.dumps(document))["tiers"][0]
    assert tier["plan"] == {"requests": 200, "then": "stop"}
    assert tier["label"] == "A"
    assert tier["hosts"] == {"only": ["x"], "sort": "price"}


def test_a_moved_tier_leaves_the_remarks_of_the_next_one_behind() -> None:
    document = tomlkit.parse(FORMS["a block of its own"])
    move_tier("a", 1)(document)
    text = tomlkit.dumps(document)
    assert text.startswith('# remark of b\n[[tiers]]\nid = "b"\n')
    assert "# between\nsort" in text
