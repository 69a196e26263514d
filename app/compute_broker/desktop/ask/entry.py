"""The part of the quick ask window that takes things in: files, images, pasted texts, earlier prompts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from compute_broker.core.attachment import images_in, parted, with_texts
from compute_broker.core.stream import user_turn
from compute_broker.core.texts import tr
from compute_broker.core.tier import Tier
from compute_broker.desktop.announcing import announce
from compute_broker.desktop.ask.attaching import Attaching
from compute_broker.desktop.ask.commands import forced
from compute_broker.desktop.ask.layout import AskLayout
from compute_broker.desktop.ask.naming import name_of
from compute_broker.desktop.ask.remembering import Remembering
from compute_broker.desktop.ask.sizes import Sizes
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services


class Entry(AskLayout):
    """Input and attachments. What is to be done with them is the window's."""

    def __init__(self, services: Services, theme: Theme) -> None:
        """Begin with nothing typed and nothing attached."""
        super().__init__(theme)
        self._broker = services.broker
        self._settings = services.settings
        self._tasks = Tasks(self._say_problem)
        self._brought: tuple[str | None, str] = (None, "")
        """The request that was brought from the history to be asked again, and its prompt as stored."""
        self._about_quitting = ""
        self._refused = ""
        """What is said of attachments that could not be taken."""
        self._services = services
        self.setAcceptDrops(True)

    def build(self) -> Iterator[None]:
        """Build the widgets, then what takes things in."""
        yield from super().build()
        self.attaching = Attaching(self, self._tasks, self._broker.look_through)
        sizes = Sizes(self._services.home.data, "ask")
        self.remembering = Remembering(self, self._broker, self._tasks, sizes, self.put)
        self._draft = self.remembering.draft
        self.input.beside = self.attaching.wants
        self.input.given.connect(self.attaching.take)
        self.input.emptied.connect(lambda: self.attaching.remove(len(self.attaching.items) - 1))
        self.attaching.changed.connect(self._show_attached)
        self.attaching.given.connect(self._forget_refused)
        self.attaching.refused.connect(self._say_refused)
        self.controls.attach.connect(self.choose_files)
        self.controls.private.toggled.connect(self._private_toggled)

    def bring(
        self, prompt: str, tier_id: str = "", *, private: bool = False, request_id: str | None = None
    ) -> None:
        """Put the prompt of an earlier request into the input; what is typed there can be recalled.

        Sent as it is, it is the same question asked again: see :meth:`again_of`.
        """
        typed = self.input.text
        if typed.strip():
            self.remembering.recall.add(with_texts(typed, self.attaching.items))
        self.advice.hide()
        self.put(prompt)
        self._brought = (request_id, prompt)
        quote = self._broker.snapshot.quotes.get(tier_id)
        if quote is not None:
            self.input.set_text(f"@{name_of(quote.tier, self._tiers)} {self.input.text}")
        elif tier_id:
            self.say_advice(
                tr("The tier {tier} is no longer there, so the broker chooses another one.", tier=tier_id)
            )
        if private != self.controls.is_private:
            self.controls.private.setChecked(private)

    def again_of(self, prompt: str) -> str | None:
        """Return the request that ``prompt`` was brought from, if it is the same, with what is attached."""
        request_id, brought = self._brought
        asked = user_turn(prompt, self.attaching.items).text
        return request_id if asked.strip() == brought.strip() else None

    def force_tier(self, tier_id: str) -> None:
        """Have this tier answer, or, pressed again, whichever is the best choice."""
        quote = self._broker.snapshot.quotes.get(tier_id)
        if quote is not None:
            self.input.set_text(forced(self.input.text, self._tiers, quote.tier))
        self.update_preview()

    @property
    def _tiers(self) -> list[Tier]:
        """The tiers that there are, on or off, in the person's order."""
        return [quote.tier for quote in self._broker.snapshot]

    def put(self, stored: str) -> None:
        """Put a prompt as it was stored into the input: its texts are attached again, its images are gone."""
        typed, files, images = parted(stored)
        self._forget_refused()
        self.input.set_text(typed)
        self.attaching.put(files)
        if images:
            self.say_advice(
                tr("The images of this prompt are not kept: attach them again if they are wanted.")
            )

    def choose_files(self) -> None:
        """Let the person pick files to attach."""
        from PySide6.QtWidgets import QFileDialog  # noqa: PLC0415 - when first wanted

        dialog = QFileDialog(self, tr("Attach texts and images"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(lambda names: self.attaching.add_files(map(Path, names)))
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Take what can be attached, and text."""
        mime = event.mimeData()
        if self.attaching.wants(mime) or mime.hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Attach it, or put it into the input where it is text; the caret is there afterwards."""
        self.input.insertFromMimeData(event.mimeData())
        event.acceptProposedAction()
        self.input.setFocus(Qt.FocusReason.OtherFocusReason)

    def say_advice(self, sentence: str) -> None:
        """Show a sentence that the person should know."""
        self.advice.say(sentence)
        self.fit()

    @property
    def asks_about_quitting(self) -> bool:
        """Whether the person is being asked if the program is to end."""
        return bool(self._about_quitting) and self.isVisible() and self._says(self._about_quitting)

    def ask_about_quitting(self, sentence: str, quit_: Callable[[], None]) -> None:
        """Ask if the program is to end although something is under way, as ``sentence`` says."""
        self._about_quitting = sentence
        self.advice.say(sentence, [(tr("Quit"), quit_)], kind="warn")
        announce(self, sentence)
        self.fit()

    def update_preview(self) -> None:
        """Show what would be done with what is typed and attached."""
        raise NotImplementedError

    def _show_attached(self) -> None:
        if self._chips is None:
            self.chips.removed.connect(self.attaching.remove)
        privacy = self._settings.current.privacy
        blind = images_in(self.attaching.items) and (privacy.words or privacy.presets)
        note = tr("Your privacy rules cannot read images.") if blind and not self.controls.is_private else ""
        self.chips.show_items(self.attaching.shown, note)
        for before, after in pairwise([self.input, *self.chips.buttons, self.controls.attach_button]):
            self.setTabOrder(before, after)
        self.update_preview()
        self.fit()

    def _private_toggled(self, _on: bool) -> None:  # noqa: FBT001 - Qt's signal gives a bool
        """What stays here need not be read by the rules."""
        if self.attaching.items:
            self._show_attached()

    def _say_problem(self, sentence: str) -> None:
        self.trouble.say(sentence, kind="bad")
        self.fit()

    def _say_refused(self, sentences: str) -> None:
        self._refused = sentences
        self.say_advice(sentences)

    def _says(self, sentence: str) -> bool:
        return not self.advice.isHidden() and self.advice.text == sentence

    def _forget_refused(self) -> None:
        if self._refused and self._says(self._refused):
            self.advice.hide()
            self.fit_soon()
        self._refused = ""

    def _clear_entry(self) -> None:
        self._brought = (None, "")
        self.input.set_text("")
        self.attaching.clear()
