"""The price catalog's own updates, kept on the disk. For a short-lived child: it loads all models there are.

Opt-in: the file comes from the page of the genai-prices project. What was fetched and could be read is kept
with its day; a failure leaves what was kept, with its age.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from compute_broker.core.errors import BrokerError
from compute_broker.core.tier import Place
from compute_broker.net.address import check_base_url
from compute_broker.net.client import get_json, make_client

_OK = 200
DAILY = timedelta(hours=24)
MOST_BYTES = 32 * 2**20
"""Of the kept file; the catalog had some 2 MB in autumn 2026."""

LEAST_PROVIDERS = 5
"""A catalog with fewer providers is a mistake of the page (there were some forty)."""

_log = logging.getLogger(__name__)


def ready(path: Path, *, fetch: bool, url: str = "") -> datetime | None:
    """Put the updated catalog in force in this process; return when it was fetched, ``None``: there is none.

    ``fetch`` brings the file up to date first, when what is kept is older than a day; ``url`` is another
    page of the same form than the project's own.
    """
    kept = _kept(path)
    if fetch and (kept is None or datetime.now(UTC) - kept[0] >= DAILY):
        kept = _fetched(path, url) or kept
    if kept is None:
        return None
    from genai_prices.data_snapshot import set_custom_snapshot  # noqa: PLC0415 - for a child only

    set_custom_snapshot(kept[1])
    return kept[0]


def _kept(path: Path) -> tuple[datetime, Any] | None:
    try:
        if path.stat().st_size > MOST_BYTES:
            return None
        held = json.loads(path.read_bytes())
        return datetime.fromisoformat(held["fetched"]), _snapshot(held["providers"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.warning("the kept price catalog cannot be read (%s)", type(error).__name__)
        return None


def _fetched(path: Path, url: str) -> tuple[datetime, Any] | None:
    """Fetch the page and keep what came; whatever goes wrong, what was kept stays."""
    from genai_prices import UpdatePrices  # noqa: PLC0415 - for a child only

    now = datetime.now(UTC)
    try:
        status, providers = asyncio.run(_get(check_base_url(url or UpdatePrices.url, Place.CLOUD)))
        if status != _OK:
            raise ValueError(f"HTTP {status}")  # noqa: TRY301 - one sentence for all that may go wrong
        snapshot = _snapshot(providers)
        _keep(path, json.dumps({"fetched": now.isoformat(), "providers": providers}))
    except (BrokerError, ValueError, KeyError, TypeError, OSError) as error:
        _log.warning("the price catalog was not updated (%s)", type(error).__name__)
        return None
    return now, snapshot


async def _get(url: str) -> tuple[int, Any]:
    async with make_client() as client:
        return await get_json(client, url)


def _snapshot(providers: Any) -> Any:
    """Return the catalog that these rows describe.

    Raises:
        ValueError: they describe none.
    """
    from genai_prices.data_snapshot import DataSnapshot  # noqa: PLC0415 - for a child only
    from genai_prices.types import _providers_from_raw  # noqa: PLC0415 - what its own fetch() uses

    if not isinstance(providers, list) or len(providers) < LEAST_PROVIDERS:
        raise ValueError("no catalog")
    return DataSnapshot(_providers_from_raw(providers), from_auto_update=True)


def _keep(path: Path, text: str) -> None:
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(scratch).replace(path)
