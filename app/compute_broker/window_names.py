"""The windows of the desktop program, by the names that commands have for them."""

from __future__ import annotations

WINDOWS = ("ask", "glance", "usage", "history", "settings", "trial", "welcome")
