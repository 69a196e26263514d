"""The settings file: hand-edited, kept with its comments, and never able to stop the program."""

from __future__ import annotations

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import msgspec
import pytest
from filelock import FileLock

from compute_broker.config.described import description, descriptions
from compute_broker.config.edits import add_tier, move_tier, remove_tier, set_tier_value, set_value
from compute_broker.config.home import Home
from compute_broker.config.schema import Settings
from compute_broker.config.store import SettingsStore, _write
from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.errors import EnvironmentFaultError, SettingsError
from compute_broker.core.tier import Place, ProviderKind, is_loopback_url
from compute_broker.net.address import check_base_url


@pytest.fixture
def where(home):
    found = Home.find()
    found.prepare()
    return found


def test_the_first_start_writes_the_six_tiers_with_their_comments(where):
    settings = SettingsStore(where).current
    assert [tier.id for tier in settings.tiers] == ["builtin", "local", "kimi", "haiku", "sonnet", "opus"]
    assert settings.baseline == "opus"
    assert "# your tariff" in where.settings.read_text("utf-8")


def test_a_change_keeps_comments_and_the_persons_own_order(where):
    store = SettingsStore(where)
    before = where.settings.read_text("utf-8")
    store.update(set_tier_value("haiku", "enabled", value=False))
    store.update(set_value("budget.daily.amount", Decimal("5.00")))
    after = where.settings.read_text("utf-8")
    assert store.current.tier("haiku").enabled is False
    assert store.current.budget.daily.amount == Decimal("5.00")
    assert [line for line in before.splitlines() if "#" in line] == [
        line for line in after.splitlines() if "#" in line
    ]
    assert SettingsStore(where).current == store.current


def test_tiers_are_added_and_removed(where):
    store = SettingsStore(where)
    store.update(
        add_tier({"id": "rack", "provider": "vllm", "model": "*", "base_url": "http://10.1.2.3:8000"})
    )
    tier = store.current.tier("rack")
    assert tier.where is Place.OFFICE
    assert tier.key_name is None
    store.update(remove_tier("rack"))
    assert store.current.tier("rack") is None
    with pytest.raises(SettingsError, match="no tier 'rack'; the tiers are: builtin"):
        store.update(remove_tier("rack"))


def ids(store):
    return [tier.id for tier in store.current.tiers]


def test_a_tier_moves_with_its_remarks_and_no_further_than_there_are_places(where):
    path = where.settings
    assert SettingsStore(where).current.tiers
    text = path.read_text("utf-8").replace(
        '[[tiers]]\nid = "haiku"', '# mine: quick\n# and cheap\n[[tiers]]\nid = "haiku"  # small'
    )
    path.write_text(f"{text}\n# the end\n", "utf-8")
    store = SettingsStore(where)
    everything = sorted(line for line in path.read_text("utf-8").splitlines() if line)
    for step, expected in (
        (-1, ["builtin", "local", "haiku", "kimi", "sonnet", "opus"]),
        (+9, ["builtin", "local", "kimi", "sonnet", "opus", "haiku"]),
        (-2, ["builtin", "local", "kimi", "haiku", "sonnet", "opus"]),
        (0, ["builtin", "local", "kimi", "haiku", "sonnet", "opus"]),
        (-9, ["haiku", "builtin", "local", "kimi", "sonnet", "opus"]),
    ):
        store.update(move_tier("haiku", step))
        assert ids(store) == expected
        after = path.read_text("utf-8")
        assert '# mine: quick\n# and cheap\n[[tiers]]\nid = "haiku"  # small' in after
        assert after.rstrip().endswith("# the end")
        assert sorted(line for line in after.splitlines() if line) == everything
        assert "\n\n\n" not in after
        assert ids(SettingsStore(where)) == expected
    with pytest.raises(SettingsError, match="no tier 'gone'"):
        store.update(move_tier("gone", 1))


def leaves(kind, prefix=""):
    """Yield the path of every setting that the schema has."""
    for field in msgspec.structs.fields(kind):
        path = f"{prefix}{field.encode_name}"
        inner = msgspec.inspect.type_info(field.type)
        inner = inner.item_type if isinstance(inner, msgspec.inspect.ListType) else inner
        if isinstance(inner, msgspec.inspect.StructType):
            yield from leaves(inner.cls, f"{path}.")
        else:
            yield path


def test_every_setting_is_described_in_the_default_file():
    known = descriptions()
    assert [path for path in leaves(Settings) if path not in known] == []
    assert description("tiers.watts").startswith("draw above idle")
    assert description("no.such") == ""


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        ("mode = 'best\n", r"settings.toml: .*line 1"),
        ("mode = 'cheap'\n", r"line 1: .*thrifty, balanced, best"),
        ("baselin = 'opus'\n", r"line 1: there is no setting 'baselin'; did you mean 'baseline'\?"),
        ("\n[budget.daily]\namount = -3\n", r"line 3: budget.daily.amount: -3 lies outside 0 to"),
        (
            f"[[tiers]]\nid = 'a'\nprovider = 'builtin'\nlabel = '{'x' * 61}'\n",
            r"line 4: tiers.label is 61 characters long; at most 60 are allowed",
        ),
        (
            "[[tiers]]\nid = 'a'\nprovider = 'builtin'\nmodel = ''\n",
            r"line 4: tiers.model is empty; write something, or take it out",
        ),
        (
            f"[notify]\nbudget = {list(range(1, 12))}\n",
            r"line 2: notify.budget has 11 entries; at most 10 are allowed",
        ),
        (
            "[desktop]\nhide_on_blur = 'yes'\n",
            r"line 2: desktop.hide_on_blur is 'yes'; write true or false",
        ),
        (
            "[desktop]\ntheme = 'pink'\n",
            r"line 2: desktop.theme is 'pink'; it should be system or light or dark",
        ),
        (
            "\n[budget.daily]\namount = 'lots'\n",
            r"budget.daily.amount is 'lots'; write a number",
        ),
        ("baseline = 3\n", r"line 1: baseline is 3; write a text in quotes"),
        ("most_seconds = -3\n", r"line 1: most_seconds is -3; write more than 0"),
        ("[privacy]\nwords = [1]\n", r"line 2: privacy.words is 1; write a text in quotes"),
        (
            "[[budget.only]]\nsource = 'cli'\namount = 1\n",
            r"source is 'cli'; it should be",
        ),
        (
            "[[tiers]]\nid = 'Bad Id'\nprovider = 'builtin'\n",
            r"line 2: tiers.id is 'Bad Id'; write small letters, digits, dots and dashes",
        ),
        (
            "[[tiers]]\nid = 'a'\nprovider = 'builtin'\nability = { cooking = 2 }\n",
            r"line 4: tiers.ability has no 'cooking'; it may have analysis, writing, coding",
        ),
        (
            "[[tiers]]\nid = 'a'\nprovider = 'builtin'\nmax_output_tokens = 0\n",
            r"line 4: tiers.max_output_tokens is 0; write 1 or more",
        ),
        ("[[tiers]]\nid = 'a'\n", r"line 1: 'tiers.provider' is missing; add it"),
        (
            "[[tiers]]\nid = 'a'\nprovider = 'antropic'\n",
            r"line 3: tiers.provider is 'antropic'; it should be",
        ),
        ("[[tiers]]\nid = 'a'\nprovider = 'vllm'\nprice_in = 1.0\n", "give both price_in and price_out"),
        (
            "[[tiers]]\nid = 'a'\nprovider = 'vllm'\n[[tiers]]\nid = 'a'\nprovider = 'vllm'\n",
            "two tiers are called 'a'",
        ),
    ],
)
def test_a_bad_file_is_named_with_line_and_remedy_and_the_last_good_one_is_used(where, bad, sentence):
    good = SettingsStore(where)
    good.update(set_value("mode", "thrifty"))
    where.settings.write_text(bad, "utf-8")
    store = SettingsStore(where)
    assert store.current.mode == "thrifty"
    assert store.problem is not None
    with pytest.raises(SettingsError, match=sentence):
        store.update(set_value("mode", "best"))
    assert where.settings.read_text("utf-8") == bad


def test_a_change_that_is_refused_names_no_line_since_nobody_wrote_one(where):
    store = SettingsStore(where)
    with pytest.raises(SettingsError) as refused:
        store.update(set_value("budget.daily.hard", "yes"))
    assert str(refused.value) == "budget.daily.hard is 'yes'; write true or false."


def test_a_write_that_fails_leaves_nothing_behind(where, tmp_path):
    target = tmp_path / "settings.toml"
    target.mkdir()
    with pytest.raises(EnvironmentFaultError, match=r"settings\.toml cannot be written"):
        _write(target, "mode = 'best'")
    assert [each.name for each in tmp_path.iterdir() if "settings" in each.name] == ["settings.toml"]


def test_money_in_the_file_never_becomes_a_float(where):
    where.settings.write_text("[electricity]\nusd_per_kwh = 0.1\n", "utf-8")
    assert SettingsStore(where).current.electricity.usd_per_kwh == Decimal("0.1")


def test_a_server_of_ones_own_needs_no_key_unless_one_is_named(where):
    where.settings.write_text(
        "[[tiers]]\nid='a'\nprovider='anthropic'\nmodel='m'\nbase_url='http://127.0.0.1:9'\n"
        "[[tiers]]\nid='b'\nprovider='anthropic'\nmodel='m'\n",
        "utf-8",
    )
    settings = SettingsStore(where).current
    assert settings.tier("a").key_name is None
    assert settings.tier("b").key_name == "anthropic"
    assert settings.tier("b").provider is ProviderKind.ANTHROPIC


@pytest.mark.parametrize("url", ["http://[::1", "http://127.0.0.1:port", "ftp://host", "llm.example.com"])
def test_an_address_that_is_none_is_named_with_its_line(where, url):
    SettingsStore(where)
    where.settings.write_text(f"[[tiers]]\nid = 'x'\nprovider = 'openai'\nbase_url = '{url}'\n", "utf-8")
    store = SettingsStore(where)
    assert "line 4: tiers.base_url: " in store.problem
    assert url in store.problem
    assert store.current.tier("builtin")
    assert not is_loopback_url("http://[::1")


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://192.168.1.5:8000/v1", Place.OFFICE),
        ("http://[fd12::5]:8000", Place.OFFICE),
        ("http://gpu-box:8000", Place.OFFICE),
        ("http://rack.lan", Place.OFFICE),
        ("http://127.0.0.1:8000", Place.PERSONAL),
        ("https://llm.example.com/v1", Place.CLOUD),
    ],
)
def test_the_place_follows_from_the_address(url, place):
    assert TierSettings(id="a", provider=ProviderKind.OPENAI, base_url=url).where is place
    check_base_url(url, place)


def test_an_unreadable_copy_of_the_last_good_settings_counts_as_none(where):
    SettingsStore(where)
    where.last_good_settings.write_bytes(b"\xff\xfe")
    assert SettingsStore(where).problem is None
    assert where.last_good_settings.read_text("utf-8") == where.settings.read_text("utf-8")
    where.last_good_settings.write_bytes(b"\xff\xfe")
    where.settings.write_text("mode = 'cheap'\n", "utf-8")
    assert SettingsStore(where).current.tier("opus")


def test_changes_at_the_same_time_all_stay(where):
    """Two stores are two programs: the tray and a command line; each has two threads."""
    stores = (SettingsStore(where), SettingsStore(where))
    names = ["builtin", "local", "kimi", "haiku"]

    def switch(index, *, to):
        together.wait()
        stores[index % 2].update(set_tier_value(names[index], "enabled", to))

    for value in (False, True) * 3:
        together = threading.Barrier(len(names))
        with ThreadPoolExecutor(len(names)) as pool:
            for done in [pool.submit(switch, index, to=value) for index in range(len(names))]:
                done.result()
        settings = SettingsStore(where).current
        assert [settings.tier(name).enabled for name in names] == [value] * len(names)


def test_a_change_waits_only_so_long_for_another_program(where, monkeypatch):
    monkeypatch.setattr("compute_broker.config.store._LOCK_SECONDS", 0.01)
    store = SettingsStore(where)
    with FileLock(where.settings_lock), pytest.raises(EnvironmentFaultError, match="try again"):
        store.update(set_value("mode", "best"))
    store.update(set_value("mode", "best"))
    assert SettingsStore(where).current.mode == "best"


def test_a_change_that_cannot_be_written_is_not_in_force(where, monkeypatch):
    store = SettingsStore(where)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentFaultError, match="No space left"):
        store.update(set_value("mode", "best"))
    assert store.current.mode == "balanced"
    assert SettingsStore(where).current.mode == "balanced"


def replaced(where, text):
    """Put another file in the settings' place, as editors save."""
    scratch = where.settings.with_name("settings.toml.new")
    scratch.write_text(text, "utf-8")
    scratch.replace(where.settings)


def test_a_running_program_reads_the_file_when_it_is_another_and_only_then(where, monkeypatch):
    store = SettingsStore(where)
    text, told, read = where.settings.read_text("utf-8"), [], []
    take_in = store._take_in
    monkeypatch.setattr(store, "_take_in", lambda: read.append(1) or take_in())
    store.subscribe(lambda: told.append(store.current.mode))
    store.catch_up()
    assert (read, told) == ([], [])
    store.update(set_value("mode", "best"))
    store.catch_up()
    assert (len(read), told) == (0, ["best"]), "what we wrote ourselves is known"
    replaced(where, text)
    store.catch_up()
    assert (len(read), told) == (1, ["best", "balanced"])
    replaced(where, text + "# a remark\n")
    store.catch_up()
    store.catch_up()
    assert (len(read), told) == (2, ["best", "balanced"]), "a remark changes nothing that is in force"
    where.settings.write_text(text.replace('"balanced"', '"thrifty" '), "utf-8")  # in place
    store.catch_up()
    assert told == ["best", "balanced", "thrifty"]


def test_a_file_of_the_same_time_and_size_in_its_place_is_another(where):
    store = SettingsStore(where)
    before = where.settings.stat()
    replaced(where, where.settings.read_text("utf-8").replace('"balanced"', '"thrifty" '))
    os.utime(where.settings, ns=(before.st_atime_ns, before.st_mtime_ns))
    store.catch_up()
    assert store.current.mode == "thrifty"


def test_a_file_that_is_just_being_written_or_gone_takes_nothing_out_of_force(where):
    store = SettingsStore(where)
    store.update(set_value("mode", "best"))
    text = where.settings.read_text("utf-8")
    where.settings.unlink()
    store.catch_up()
    assert store.current.mode == "best"
    assert not where.settings.exists(), "an editor may be about to write it"
    where.settings.touch()
    store.catch_up()
    assert (store.current.mode, store.problem) == ("best", None)
    where.settings.write_text(text.replace('"best"', '"thrifty"'), "utf-8")
    store.catch_up()
    assert store.current.mode == "thrifty"


def test_a_running_program_tells_of_a_file_that_got_bad_and_of_its_mending(where):
    store = SettingsStore(where)
    text, told = where.settings.read_text("utf-8"), []
    store.subscribe(lambda: told.append(store.problem))
    replaced(where, text.replace('"balanced"', '"lots"'))
    store.catch_up()
    store.catch_up()
    assert store.current.mode == "balanced"
    assert len(told) == 1
    assert "'lots' is no mode" in told[0]
    with pytest.raises(SettingsError, match="lots"):
        store.update(set_value("mode", "best"))
    replaced(where, text.replace('"balanced"', '"thrifty"'))
    store.catch_up()
    assert (store.current.mode, told[1:]) == ("thrifty", [None])


def test_what_another_wrote_is_still_news_after_a_change_of_ours_was_refused(where):
    store = SettingsStore(where)
    replaced(where, "mode = 'lots'\n")
    with pytest.raises(SettingsError, match="lots"):
        store.update(set_value("mode", "best"))
    store.catch_up()
    assert store.problem is not None
