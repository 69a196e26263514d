"""What a widget is to the style sheet: muted, a warning, bad."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def set_kind(widget: QWidget, kind: str) -> None:
    """Have ``widget`` look as the style sheet has it for ``kind``, empty for what is nothing special.

    Qt looks at a property only when it dresses the widget, which takes longer than painting it.
    """
    if (widget.property("kind") or "") != kind:
        widget.setProperty("kind", kind)
        widget.style().unpolish(widget)
        widget.style().polish(widget)
