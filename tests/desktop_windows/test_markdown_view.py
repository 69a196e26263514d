"""The answer view: nothing loaded, no HTML, smooth, and every word there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFont, QTextCursor, QTextDocument
from pytestqt.qtbot import QtBot

from compute_broker.desktop.markdown.render import CODE, KIND
from compute_broker.desktop.markdown.view import SLICE, MarkdownView
from compute_broker.desktop.theme import Theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

SAMPLE = """# Title

Some **bold** and `code` and a [link](https://example.org/x).

```python
def f(x: int) -> str:
    return "a" + str(x)  # why
```

| way | time |
|---|---|
| `a` | **1** |

1. one
2. two
"""


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> MarkdownView:
    view = MarkdownView(theme)
    qtbot.addWidget(view)
    view.resize(600, 400)
    return view


def said(view: MarkdownView, text: str, step: int = 10**9) -> str:
    for at in range(0, len(text), step):
        view.add_text(text[at : at + step])
        view._flush()
    view.end_answer()
    return view.toPlainText()


def formats(view: MarkdownView) -> dict[str, tuple[bool, int, str, str]]:
    found = {}
    block = view.document().begin()
    while block.isValid():
        iterator = block.begin()
        while not iterator.atEnd():
            style = iterator.fragment().charFormat()
            found[iterator.fragment().text()] = (
                style.font().weight() >= QFont.Weight.DemiBold,
                style.font().pointSizeF(),
                style.anchorHref(),
                style.foreground().color().name(),
            )
            iterator += 1
        block = block.next()
    return found


@pytest.mark.parametrize("step", [1, 9, 10**9])
def test_markdown_is_rendered_whatever_the_pace(view: MarkdownView, step: int) -> None:
    lines = [line for line in said(view, SAMPLE, step).split("\n") if line]
    assert lines[0] == "Title"
    assert "Some bold and code and a link." in lines
    assert [line for line in lines if line in {"way", "time", "a", "1"}] == ["way", "time", "a", "1"]
    assert lines[-2:] == ["one", "two"]
    found = formats(view)
    assert found["bold"][0]
    assert found["link"][2] == "https://example.org/x"


@pytest.mark.parametrize("step", [1, 7, 40, 10**9])
def test_no_sign_of_a_list_is_left_where_its_tail_was(view: MarkdownView, step: int) -> None:
    said(view, SAMPLE, step)
    items = [block.text() for block in blocks(view) if block.textList() is not None]
    assert items == ["one", "two"]


def test_code_is_coloured_by_its_language(view: MarkdownView, theme: Theme) -> None:
    said(view, SAMPLE)
    found = formats(view)
    assert found["def"][3] == theme.colours.series[2]
    assert found["# why"][3] == theme.colours.muted
    code = [block for block in blocks(view) if block.blockFormat().property(KIND) == CODE]
    assert [block.text() for block in code] == ["def f(x: int) -> str:", '    return "a" + str(x)  # why']


def blocks(view: MarkdownView) -> list:
    block, found = view.document().begin(), []
    while block.isValid():
        found.append(block)
        block = block.next()
    return found


def test_html_is_shown_as_text_and_never_obeyed(view: MarkdownView) -> None:
    text = said(view, 'before <img src="file:///etc/passwd"> <b>fat</b>\n\n<script>alert(1)</script>\n')
    assert '<img src="file:///etc/passwd">' in text
    assert "<b>fat</b>" in text
    assert "<script>alert(1)</script>" in text
    assert not any(bold for word, (bold, *_rest) in formats(view).items() if "fat" in word)


def test_no_picture_file_or_address_is_ever_loaded(
    view: MarkdownView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"\x89PNG")
    text = said(view, f"![a cat](https://tracker.invalid/cat.png) ![]({secret.as_uri()}) ![x]({secret})\n")
    assert "[a cat]" in text
    assert "￼" not in text
    for name in (QUrl("https://tracker.invalid/cat.png"), QUrl(secret.as_uri())):
        for kind in (QTextDocument.ResourceType.ImageResource, QTextDocument.ResourceType.StyleSheetResource):
            assert view.loadResource(kind.value, name) is None
            assert view.document().resource(kind.value, name) is None
    view.grab()


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("https://example.org/a", True),
        ("http://example.org", True),
        ("file:///etc/passwd", False),
        ("javascript:alert(1)", False),
        ("https:///no-host", False),
        ("smb://host/share", False),
    ],
)
def test_only_web_links_are_offered(view: MarkdownView, target: str, *, shown: bool) -> None:
    offered: list[str] = []
    view.link_chosen.connect(offered.append)
    view.anchorClicked.emit(QUrl(target))
    assert offered == ([target] if shown else [])
    assert view.toPlainText() == ""


def test_a_hundred_kilobytes_stay_smooth(view: MarkdownView, qtbot: QtBot) -> None:
    section = SAMPLE + "\nA paragraph of some length, " * 12 + "\n\n"
    text = (section * (100_000 // len(section) + 1))[:100_000]
    view.show()
    view.add_text(text)
    gaps, before = [], view.renders
    while view.busy:
        began = time.thread_time()
        view._flush()
        gaps.append(time.thread_time() - began)
    flushes = len(gaps)
    # Work is in proportion to the text: each flush takes a slice and renders no more than it and one tail.
    assert flushes == -(-len(text) // SLICE)
    assert view.renders - before <= flushes * 2 + text.count("\n\n")
    # And no flush grows with what is already there: the last tenth costs what the first costs.
    tenth = flushes // 10
    first, last = sorted(gaps[:tenth])[tenth // 2], sorted(gaps[-tenth:])[tenth // 2]
    assert last < first * 4 + 0.004


def test_a_fast_stream_is_painted_in_a_few_flushes(view: MarkdownView, qtbot: QtBot) -> None:
    flushed = []
    view.drained.connect(lambda: flushed.append(True))
    for _ in range(300):
        view.add_text("word ")
    assert view.renders == 0
    qtbot.waitUntil(lambda: bool(flushed))
    assert view.renders <= 8
    assert view.toPlainText().split() == ["word"] * 300


def test_what_is_selected_above_stays_selected_while_text_comes(view: MarkdownView) -> None:
    said(view, "First paragraph here.\n\nSecond one.\n\n")
    cursor = view.textCursor()
    cursor.setPosition(1)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    said(view, "More text.\n\n- a\n- b\n", 3)
    assert view.textCursor().selectedText() == "First paragraph here."


def test_another_theme_shows_the_same_words(view: MarkdownView, theme: Theme) -> None:
    view.add_question("What?")
    said(view, SAMPLE)
    view.add_note("A note")
    before = view.toPlainText()
    theme.choose("dark")
    view.end_answer()
    assert view.toPlainText() == before
    assert formats(view)["def"][3] == theme.colours.series[2]
    theme.choose("light")
