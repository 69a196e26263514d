"""Links in an answer: where one leads is shown before anything opens it."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication

from compute_broker.core.texts import tr
from compute_broker.desktop.ask.layout import AskLayout


def ask_about_link(parts: AskLayout, target: str) -> None:
    """Offer to hand ``target`` to the system's browser, or to copy it."""

    def browse() -> None:
        QDesktopServices.openUrl(QUrl(target))

    def copy() -> None:
        QGuiApplication.clipboard().setText(target)

    parts.advice.say(
        tr("Open {target} in your browser?", target=target),
        [(tr("Open"), browse), (tr("Copy address"), copy)],
    )
    parts.fit_soon()
