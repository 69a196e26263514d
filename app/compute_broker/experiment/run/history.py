"""The person's own last prompts as the prompts of an experiment."""

from __future__ import annotations

from compute_broker.broker.events import Source
from compute_broker.experiment.run.setup import Item
from compute_broker.ledger.threaded import AsyncLedger

NOTE = (
    "The prompts are from your history. Each was asked on its own, without what had been said before it in "
    "its conversation."
)
_PAGE = 200


async def last_prompts(ledger: AsyncLedger, count: int) -> list[Item]:
    """Return the last ``count`` different prompts, the latest first; no program can check their answers.

    What an experiment asked, and prompts that were forgotten, are passed over.
    """
    found: list[Item] = []
    seen: set[str] = set()
    before: str | None = None
    while len(found) < count:
        page = await ledger.history(_PAGE, before)
        for entry in page:
            text = entry.prompt.strip()
            if entry.source == Source.EXPERIMENT or not text or text in seen:
                continue
            seen.add(text)
            found.append(
                Item(
                    id=f"h-{entry.request_id}",
                    prompt=entry.prompt,
                    category=entry.category or "",
                    stakes=entry.stakes or "",
                    check={"kind": "rubric"},
                    private=entry.private,
                )
            )
        if len(page) < _PAGE:
            break
        before = page[-1].request_id
    return found[:count]
