"""What the broker's tests share."""

from __future__ import annotations

import pytest

from doubles.anthropic_api import AnthropicDouble


@pytest.fixture
def claude():
    """A double of Anthropic that takes the key ``sk-test``."""
    with AnthropicDouble() as double:
        double.key = "sk-test"
        yield double
