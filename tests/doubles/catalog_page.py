"""A double of the page from which the price catalog is updated: a small catalog in its form.

By hand, from ``tests/``: ``python -m doubles.catalog_page --port 0`` prints its URL, for
``[prices] catalog_url`` in the settings.
"""

from __future__ import annotations

from typing import Any

from doubles.script import Raw
from doubles.server import HttpDouble, Out, Seen, run_by_hand

HAIKU = "claude-haiku-5-5"


def catalog_of(price_in: float, price_out: float) -> list[dict[str, Any]]:
    """Return a catalog in which Haiku costs so much, in USD per million tokens, and five more providers."""
    haiku = {
        "id": HAIKU,
        "match": {"equals": HAIKU},
        "prices": {"input_mtok": price_in, "output_mtok": price_out},
    }
    others = ("openai", "openrouter", "google", "mistral", "groq")
    return [
        {
            "id": "anthropic",
            "name": "Anthropic",
            "api_pattern": r"https://api\.anthropic\.com",
            "models": [haiku],
        },
        *(
            {"id": name, "name": name, "api_pattern": rf"https://{name}\.example", "models": []}
            for name in others
        ),
    ]


class CatalogDouble(HttpDouble):
    """Serves the catalog at every path."""

    prefix = "/data.json"

    def __init__(self, *, key: str | None = None, port: int = 0) -> None:
        super().__init__(key=key, port=port)
        self.providers: Any = catalog_of(0.2, 1.0)
        self.raw: Raw | None = None
        """Served instead, as it is."""

    @property
    def page_url(self) -> str:
        """What to put into ``[prices] catalog_url``."""
        return self.url

    def is_chat(self, seen: Seen) -> bool:
        return False

    async def handle(self, seen: Seen, out: Out) -> None:
        if self.raw is not None:
            await out.raw(self.raw)
        else:
            await out.json(self.providers)


if __name__ == "__main__":
    run_by_hand(CatalogDouble)
