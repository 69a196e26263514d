"""The token that lets a program in."""

from __future__ import annotations

import secrets


def new_token() -> str:
    """Return a token that nobody guesses: 32 random bytes, in letters that every program takes."""
    return f"cb-{secrets.token_urlsafe(32)}"
