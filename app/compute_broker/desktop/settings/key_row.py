"""One key: typed in, tested for real, kept in the system keyring, and never shown again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMessageBox, QVBoxLayout, QWidget

from compute_broker.config.tier_settings import TierSettings
from compute_broker.core.errors import NoKeyringError
from compute_broker.core.texts import tr
from compute_broker.desktop.settings.rows import Verdict, push_button, text_label, tried
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import S

if TYPE_CHECKING:
    from compute_broker.compose import Services

_DOTS = "••••••••"
_NAMES = {"anthropic": "Anthropic", "openrouter": "OpenRouter", "openai": "OpenAI"}


class KeyRow(QWidget):
    """The key of that name, and the tiers that use it."""

    def __init__(self, services: Services, tasks: Tasks, name: str, tiers: Sequence[TierSettings]) -> None:
        """Show where the key is kept; ``tiers`` is not empty."""
        super().__init__()
        self._services, self._tasks = services, tasks
        self.name, self._tiers = name, tiers
        title = _NAMES.get(name, name)
        used_by = ", ".join(tier.label or tier.id for tier in tiers)
        self.setAccessibleName(tr("Key for {title}", title=title))
        self.status = text_label("", tr("{title} key, where it is kept", title=title), kind="muted")
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText(tr("Paste a key for {title}", title=title))
        self.field.setAccessibleName(tr("New key for {title}", title=title))
        self.field.setInputMethodHints(Qt.InputMethodHint.ImhSensitiveData | Qt.InputMethodHint.ImhHiddenText)
        self.save = push_button(tr("Save"), tr("Save the key for {title}", title=title))
        self.test = push_button(tr("Test"), tr("Test the key for {title}", title=title))
        self.forget = push_button(tr("Forget"), tr("Forget the key for {title}", title=title))
        self.verdict = Verdict(tr("{title} key, result", title=title))
        self._choice: QMessageBox | None = None
        self._arrange(title, used_by)
        self.save.clicked.connect(self._save_clicked)
        self.field.returnPressed.connect(self._save_clicked)
        self.test.clicked.connect(lambda: self._tasks.run(self._test()))
        self.forget.clicked.connect(lambda: self._tasks.run(self._forget()))
        self._tasks.run(self.refresh())

    async def refresh(self) -> None:
        """Show where the key is kept, never the key. The keyring may take its time: in a thread."""
        where = await asyncio.to_thread(self._services.keys.where, self.name)
        forgettable = await asyncio.to_thread(self._services.keys.forgettable, self.name)
        texts = {
            None: tr("no key yet"),
            tr("the system keyring"): tr("{dots} stored in the system keyring", dots=_DOTS),
        }
        self.status.setText(texts.get(where, f"{_DOTS} {where}"))
        self.forget.setEnabled(forgettable)
        self.test.setEnabled(True)

    def clear_field(self) -> None:
        """Forget what is typed and not saved; not even undo brings it back."""
        self.field.setText("")

    def _save_clicked(self) -> None:
        value = self.field.text().strip()
        if not value:
            self.verdict.say(tr("Paste the key first."))
            return
        self._tasks.run(self._save(value))

    async def _save(self, value: str, *, session_only: bool = False) -> None:
        keep = self._services.keys.set
        try:
            await asyncio.to_thread(keep, self.name, value, session_only=session_only)
        except NoKeyringError as error:
            self._ask_where(value, str(error))
            return
        self.clear_field()
        self.verdict.say(tr("Kept for this session only.") if session_only else tr("Stored."), good=True)
        await self.refresh()
        await self._services.look()

    def _ask_where(self, value: str, why: str) -> None:
        """Let the person choose, without holding the loop: this session, or a variable of the environment."""
        box = QMessageBox(self.window())
        box.setWindowTitle(tr("No system keyring"))
        box.setText(why)
        box.setInformativeText(tr("A variable is read at the start: set it and start again."))
        session = box.addButton(tr("Keep for this session only"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(tr("Do not keep it"), QMessageBox.ButtonRole.RejectRole)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def chosen() -> None:
            self._choice = None
            if box.clickedButton() is session:
                self._tasks.run(self._save(value, session_only=True))
            else:
                self.clear_field()
                self.verdict.say(tr("The key was not kept."))

        box.finished.connect(chosen)
        self._choice = box
        box.open()

    async def _test(self) -> None:
        tier = self._tiers[0]
        key: str | None = self.field.text().strip()
        if not key:
            key = await asyncio.to_thread(self._services.keys.get, self.name)
        if not key:
            self.verdict.say(tr("There is no key to test: paste one first."))
            return
        await tried(self.test, self.verdict, self._services.test_key(tier.provider, key, tier.address))

    async def _forget(self) -> None:
        try:
            await asyncio.to_thread(self._services.keys.delete, self.name)
        except NoKeyringError as error:
            self.verdict.say(str(error))
            return
        self.clear_field()
        self.verdict.say(tr("Forgotten."), good=True)
        await self.refresh()
        await self._services.look()

    def _arrange(self, title: str, used_by: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, S)
        column.setSpacing(S)
        head = QHBoxLayout()
        name = text_label(title, tr("{title} key, name", title=title))
        name.setToolTip(tr("Used by {used_by}", used_by=used_by))
        name.setMinimumWidth(100)
        head.addWidget(name)
        head.addWidget(self.status, 1)
        column.addLayout(head)
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.field, 1)
        for button in (self.save, self.test, self.forget):
            row.addWidget(button)
        column.addLayout(row)
        column.addWidget(self.verdict)


def keys_of(services: Services) -> dict[str, list[TierSettings]]:
    """Return the keys that tiers of the settings name, each with these tiers."""
    by_key: dict[str, list[TierSettings]] = {}
    for tier in services.settings.current.tiers:
        if tier.key_name:
            by_key.setdefault(tier.key_name, []).append(tier)
    return by_key
