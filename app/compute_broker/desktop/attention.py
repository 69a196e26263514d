"""Whether anybody looks at us: while no window of ours is in front, the tiers are looked at less often."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication, QWindow

if TYPE_CHECKING:
    from compute_broker.market.market import Market


def watch_attention(market: Market) -> Callable[[], None]:
    """Tell ``market`` from now on whether a window of ours is in front; return the way to stop that."""
    app = QGuiApplication.instance()
    if not isinstance(app, QGuiApplication):
        raise TypeError("windows need a QGuiApplication")

    def told(window: QWindow | None) -> None:
        market.set_hidden(window is None)

    def stop() -> None:
        app.focusWindowChanged.disconnect(told)

    app.focusWindowChanged.connect(told)
    told(QGuiApplication.focusWindow())
    return stop
