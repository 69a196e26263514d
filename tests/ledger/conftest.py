"""A ledger in the test's own folder, with a clock that stands at noon on a Wednesday until it is turned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from ledger_kit import TurnableClock

from compute_broker.ledger import Ledger


@pytest.fixture
def clock() -> TurnableClock:
    return TurnableClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.db"


@pytest.fixture
def ledger(path: Path, clock: TurnableClock) -> Iterator[Ledger]:
    with Ledger.open(path, clock=clock, zone=UTC) as opened:
        yield opened
        assert opened.verify().problems == ()
