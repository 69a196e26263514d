"""Attachments in the quick ask: pasted, dropped, chosen; shown, removed, sent, put back, recalled."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest

from compute_broker.broker.events import Failed
from compute_broker.core.attachment import Image, TextFile
from compute_broker.desktop.ask.attaching import LONG_PASTE, told_apart
from compute_broker.desktop.ask.shrinking import LONG_EDGE, MOST_AREA, MOST_BYTES, fitting, pixels, prepared
from compute_broker.desktop.ask.window import AskWindow
from compute_broker.desktop.theme import Theme
from desktop_windows.opened_ask import opened
from desktop_windows.scripted import ScriptedBroker
from support.pictures import png

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")

Drive = Callable[[Any], Any]


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


async def paste(window: AskWindow, mime: QMimeData) -> None:
    QGuiApplication.clipboard().setMimeData(mime)
    QTest.keyClick(window.input, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    await window.settled()


def encoded(picture: QImage, kind: str) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert picture.save(buffer, kind)
    return bytes(buffer.data().data())


def noise(width: int, height: int) -> QImage:
    data = os.urandom(width * height * 4)
    return QImage(data, width, height, QImage.Format.Format_RGB32).copy()


def test_pasted_files_become_chips_in_their_order_and_go_with_the_prompt(
    drive: Drive, broker: ScriptedBroker, theme: Theme, tmp_path: Path
) -> None:
    (tmp_path / "shot.png").write_bytes(png(1200, 700))
    (tmp_path / "notes.txt").write_text("The code word is heron.")

    async def work() -> None:
        async with opened(broker, theme) as window:
            await paste(window, files(tmp_path / "shot.png", tmp_path / "notes.txt"))
            assert window.chips.names == ["shot.png", "notes.txt"]
            assert window.chips.isVisible()
            assert window.input.text == ""
            window.input.set_text("What is it?")
            window.update_preview()
            QTest.keyClick(window.input, Qt.Key.Key_Return)
            await window.settled()
            prompt, options = broker.asked[0]
            assert prompt == "What is it?"
            shot, notes = options.attached
            assert isinstance(shot, Image)
            assert (shot.data, shot.width, shot.height) == (png(1200, 700), 1200, 700)
            assert notes == TextFile("notes.txt", "The code word is heron.")
            assert window.chips.names == []
            assert "Attached: shot.png, notes.txt" in window.view.toPlainText()

    drive(work())


def test_pixels_on_the_clipboard_are_an_image(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            mime = QMimeData()
            mime.setImageData(noise(64, 48))
            await paste(window, mime)
            raw = QMimeData()
            raw.setData("image/png", QByteArray(png(30, 20)))
            await paste(window, raw)
            first, second = window.attaching.items
            assert isinstance(first, Image)
            assert isinstance(second, Image)
            assert (first.media_type, first.width, first.height) == ("image/png", 64, 48)
            assert second.data == png(30, 20)

    drive(work())


def test_text_stays_text_and_a_long_one_becomes_an_attachment(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            mime = QMimeData()
            mime.setText("a few words")
            mime.setImageData(noise(8, 8))  # as a table copied from an office program
            await paste(window, mime)
            assert window.input.text == "a few words"
            assert window.attaching.items == ()
            long = QMimeData()
            long.setText("x" * (LONG_PASTE + 1))
            await paste(window, long)
            assert window.input.text == "a few words"
            assert window.chips.names == ["Pasted text"]

    drive(work())


def test_a_drop_anywhere_on_the_window_attaches(
    drive: Drive, broker: ScriptedBroker, theme: Theme, tmp_path: Path
) -> None:
    (tmp_path / "data.csv").write_text("a,b\n1,2\n")

    async def work() -> None:
        async with opened(broker, theme) as window:
            mime = files(tmp_path / "data.csv")
            event = QDropEvent(
                QPointF(5, 5),
                Qt.DropAction.CopyAction,
                mime,
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
            )
            window.dropEvent(event)
            await window.settled()
            assert event.isAccepted()
            assert window.chips.names == ["data.csv"]

    drive(work())


def test_what_cannot_be_attached_is_said_and_nothing_else_is_lost(
    drive: Drive, broker: ScriptedBroker, theme: Theme, tmp_path: Path
) -> None:
    (tmp_path / "report.pdf").write_bytes(b"%PDF-1.7 and so on")
    (tmp_path / "folder").mkdir()

    async def work() -> None:
        async with opened(broker, theme) as window:
            window.input.set_text("Typed already")
            await paste(window, files(tmp_path / "report.pdf"))
            assert "report.pdf is a PDF, which cannot be read here; what works: text" in window.advice.text
            await paste(window, files(tmp_path / "folder"))
            assert window.advice.text == "folder is a folder; attach the files in it that matter."
            await paste(window, files(tmp_path / "gone.txt"))
            assert window.advice.text.startswith("gone.txt cannot be read: No such file")
            await paste(window, files(*[tmp_path / "report.pdf"] * 12))
            assert window.input.text == "Typed already"
            assert window.chips.names == []

    drive(work())


def test_all_that_was_refused_together_is_said_until_it_no_longer_matters(
    drive: Drive, broker: ScriptedBroker, theme: Theme, tmp_path: Path
) -> None:
    (tmp_path / "noise.bin").write_bytes(bytes(range(256)) * 8)
    (tmp_path / "empty.txt").touch()
    (tmp_path / "folder").mkdir()
    (tmp_path / "good.txt").write_text("hello")
    four = [tmp_path / name for name in ("noise.bin", "empty.txt", "good.txt", "folder")]

    async def work() -> None:
        async with opened(broker, theme) as window:
            await paste(window, files(*four))
            told = window.advice.text.splitlines()
            assert [line.split()[0] for line in told] == ["noise.bin", "empty.txt", "folder"]
            assert window.chips.names == ["good.txt"]
            await paste(window, files(tmp_path / "good.txt"))
            assert window.advice.isHidden(), "something else was given"

            await paste(window, files(*four))
            window.input.set_text("What is in it?")
            QTest.keyClick(window.input, Qt.Key.Key_Return)
            assert window.advice.isHidden(), "it was sent"
            await window.settled()

            await paste(window, files(tmp_path / "folder"))
            assert window.advice.isVisible()
            QTest.keyClick(window.input, Qt.Key.Key_Up)
            await window.settled()
            assert window.input.text == "What is in it?"
            assert window.advice.isHidden(), "an earlier prompt took its place"

    drive(work())


def test_files_of_one_name_are_told_apart_by_their_folders(
    drive: Drive, broker: ScriptedBroker, theme: Theme, tmp_path: Path
) -> None:
    paths = [tmp_path / "a" / "notes.txt", tmp_path / "b" / "notes.txt", tmp_path / "b" / "other.txt"]
    for path in paths:
        path.parent.mkdir(exist_ok=True)
        path.write_text("hello")

    async def work() -> None:
        async with opened(broker, theme) as window:
            await paste(window, files(*paths))
            assert window.chips.names == ["a/notes.txt", "b/notes.txt", "other.txt"]
            assert [each.name for each in window.attaching.items] == window.chips.names, "and in the prompt"
            window.attaching.remove(0)
            assert window.chips.names == ["notes.txt", "other.txt"]

    drive(work())


def test_a_name_has_as_many_folders_as_it_takes() -> None:
    paths = [Path("/x/a/n"), Path("/y/a/n"), Path("/x/a/n"), Path("/z/m"), None]
    assert told_apart(paths) == ["x/a/n", "y/a/n", "x/a/n", "m", ""]
    assert told_apart([Path("/x/n"), Path("/x/n")]) == ["n", "n"], "one file twice"


def test_chips_are_removed_by_click_by_key_and_by_backspace(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.attaching.put([TextFile(name, "text") for name in ("a", "b", "c", "d")])
            await window.settled()
            window.chips.buttons[0].click()
            assert window.chips.names == ["b", "c", "d"]
            assert window.chips.buttons[0].accessibleName() == "Remove b"
            QTest.keyClick(window.chips.buttons[1], Qt.Key.Key_Delete)
            assert window.chips.names == ["b", "d"]
            QTest.keyClick(window.input, Qt.Key.Key_Backspace)
            assert window.chips.names == ["b"]
            QTest.keyClick(window.input, Qt.Key.Key_Backspace)
            assert not window.chips.isVisible()

    drive(work())


def test_an_attachment_alone_can_be_sent_and_is_sent_once_it_is_read(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.attaching.put([TextFile("a.txt", "What is 2 + 2?")])
            assert window.attaching.reading
            QTest.keyClick(window.input, Qt.Key.Key_Return)
            await window.settled()
            ((prompt, options),) = broker.asked
            assert prompt == ""
            assert options.attached == (TextFile("a.txt", "What is 2 + 2?"),)

    drive(work())


def test_a_failure_puts_everything_back_and_retry_sends_it_again(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        broker.scripts = [[lambda _: Failed("r1", "All is down.")], ["Fine."]]
        async with opened(broker, theme) as window:
            await paste(window, _pasted(png(50, 40)))
            window.input.set_text("/private What is it?")
            window.send()
            await window.settled()
            assert window.input.text == "/private What is it?"
            assert window.chips.names == ["Pasted image.png"]
            window.trouble.press("Retry")
            await window.settled()
            assert window.input.text == ""
            assert window.chips.names == []
            assert [len(options.attached) for _, options in broker.asked] == [1, 1]

    drive(work())


def _pasted(data: bytes) -> QMimeData:
    mime = QMimeData()
    mime.setData("image/png", QByteArray(data))
    return mime


def test_a_follow_up_carries_the_image_and_a_recalled_prompt_its_texts(
    drive: Drive, broker: ScriptedBroker, theme: Theme
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            window.attaching.put([TextFile("a.txt", "one\n\ntwo")])
            await paste(window, _pasted(png(50, 40)))
            window.input.set_text("Look")
            window.send()
            await window.settled()
            window.input.set_text("And now?")
            window.send()
            await window.settled()
            question = broker.asked[1][1].history[0]
            assert [image.name for image in question.images] == ["Pasted image.png"]
            assert "one\n\ntwo" in question.text
            window.remembering.step(1)
            window.remembering.step(1)
            await window.settled()
            assert window.input.text == "Look"
            assert window.chips.names == ["a.txt"]
            window.bring("Look\n\n[image: shot.png, 50x40]")
            await window.settled()
            assert window.input.text == "Look"
            assert "images of this prompt are not kept" in window.advice.text

    drive(work())


def test_rules_that_cannot_read_an_image_say_so(drive: Drive, broker: ScriptedBroker, theme: Theme) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            await paste(window, _pasted(png(50, 40)))
            assert window.chips.note == ""
            window._settings.current.privacy = SimpleNamespace(words=["heron"], presets=[])
            await paste(window, _pasted(png(50, 41)))
            assert window.chips.note == "Your privacy rules cannot read images."

    drive(work())


@pytest.mark.parametrize("size", [(1568, 700), (4000, 3000), (300, 9000), (9000, 200), (1, 1), (1100, 1100)])
def test_an_image_is_scaled_to_what_models_look_at_in_its_own_shape(size: tuple[int, int]) -> None:
    fit = fitting(QSize(*size))
    assert max(fit.width(), fit.height()) <= LONG_EDGE
    assert fit.width() * fit.height() <= MOST_AREA
    scale = fit.width() / size[0]
    assert abs(fit.height() - size[1] * scale) <= max(1.0, size[1] / size[0])


def test_a_large_image_is_shrunk_and_a_small_one_left_alone(qapp: Any) -> None:
    large, thumb = prepared("large.png", png(4000, 2000))
    assert (large.width, large.height) == (1516, 758)
    assert large.media_type == "image/png"
    assert max(thumb.width(), thumb.height()) <= 96
    small, _ = prepared("small.png", png(100, 80))
    assert small.data == png(100, 80)
    loud = pixels("noise.png", noise(1200, 900))
    assert loud.media_type == "image/jpeg"
    assert len(loud.data) <= MOST_BYTES


def test_a_photo_on_its_side_is_turned_upright(qapp: Any) -> None:
    sideways = encoded(noise(60, 40), "JPEG")
    turned = b"\xff\xe1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    found, _ = prepared("photo.jpg", sideways[:2] + turned + sideways[2:])
    assert (found.width, found.height) == (40, 60)


def test_the_files_can_be_chosen_by_keyboard(
    drive: Drive, broker: ScriptedBroker, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def work() -> None:
        async with opened(broker, theme) as window:
            assert window.controls.attach_button.toolTip().startswith("Attach texts and images (Ctrl+O)")
            called: list[bool] = []
            monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.open", lambda _self: called.append(True))
            window.controls.attach_button.click()
            assert called == [True]

    drive(work())
