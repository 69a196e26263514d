"""The first question, answered on this machine: it shows that everything works, for next to nothing."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton

from compute_broker.broker.events import AskOptions, Delta, Failed, Finished
from compute_broker.core.texts import tr
from compute_broker.core.tier import ProviderKind
from compute_broker.desktop.ask.words import cost_text, duration
from compute_broker.desktop.markdown.view import MarkdownView
from compute_broker.desktop.settings.rows import Section, Verdict
from compute_broker.desktop.tasks import Tasks
from compute_broker.desktop.theme import S, Theme

if TYPE_CHECKING:
    from compute_broker.compose import Services

_QUESTION = tr("What is the capital of France?")
_MOST_TOKENS = 120
"""A model as tiny as this one does not always know when to stop."""
_HEIGHT = 170


class FirstAsk(Section):
    """``answered`` comes with the first answer."""

    answered = Signal()

    def __init__(self, services: Services, tasks: Tasks, theme: Theme) -> None:
        """Build it with a question to begin with."""
        super().__init__(
            theme,
            tr("A first question"),
            tr(
                "Answered by the built-in model, on this machine and offline. It is tiny and "
                "often wrong: a real question goes to the cheapest of your tiers that can do "
                "it well."
            ),
        )
        self._broker, self._tasks = services.broker, tasks
        self.question = QLineEdit(_QUESTION)
        self.question.setAccessibleName(tr("First question"))
        self.ask = QPushButton(tr("Ask"))
        self.ask.setAccessibleName(tr("Ask the first question"))
        self.ask.setAutoDefault(True)  # Return presses it while it has the focus
        self.view = MarkdownView(theme)
        self.view.setMinimumHeight(_HEIGHT)
        self.verdict = Verdict(tr("First answer, result"))
        row = QHBoxLayout()
        row.setSpacing(S)
        row.addWidget(self.question, 1)
        row.addWidget(self.ask)
        self.column.addLayout(row)
        self.column.addWidget(self.view, 1)
        self.column.addWidget(self.verdict)
        self.ask.clicked.connect(self._asked)
        self.question.returnPressed.connect(self._asked)

    def _asked(self) -> None:
        if self.question.text().strip() and self.ask.isEnabled():
            self.ask.setEnabled(False)
            self._tasks.run(self._answer(self.question.text()))

    async def _answer(self, question: str) -> None:
        builtin = next(
            (q.tier.id for q in self._broker.snapshot if q.tier.provider is ProviderKind.BUILTIN), None
        )
        options = AskOptions(tier_id=builtin, max_output_tokens=_MOST_TOKENS)
        self.view.clear_all()
        self.verdict.say("")
        try:
            async with aclosing(self._broker.ask(question, options)) as events:
                async for event in events:
                    if isinstance(event, Delta):
                        self.view.add_text(event.text)
                    elif isinstance(event, Failed):
                        self.verdict.say(event.message)
                    elif isinstance(event, Finished):
                        receipt = event.receipt
                        took = duration(receipt.latency_ms)
                        told = tr(
                            "{tier} answered in {took}, for {cost_text}.",
                            tier=receipt.quote.tier.label,
                            took=took,
                            cost_text=cost_text(receipt),
                        )
                        self.verdict.say(told, good=True)
                        self.answered.emit()
        finally:
            self.view.finish_answer()
            self.ask.setEnabled(True)
