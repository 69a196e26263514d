"""What size of model this machine could run, in a sentence.

    bytes(B) = B x 4.84 / 8 x 1e9  +  32,768 x 46,000 x sqrt(B)  +  0.8e9

for a model of B thousand million parameters: its weights at 4 bits (Q4_K_M takes 4.84 bits a weight:
llama.cpp, tools/quantize/README.md), a context of 32,768 tokens, and the program's own buffers. A token of
context takes 2 x layers x key-value heads x head size x 2 bytes: 131 kB with Llama 3.1 8B (32 x 8 x 128),
262 kB with Qwen2.5 32B (64 x 8 x 128), 328 kB with Llama 3.1 70B (80 x 8 x 128), from the models'
configurations; 46 kB x sqrt(B) lies at or a little above these. Without a graphics card a model lives in the
machine's memory, of which 2 GB (or the quarter that macOS keeps from its graphics) are left to all else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from compute_broker.core.texts import figure, tr
from compute_broker.market.hardware.base import Device, Kind
from compute_broker.market.hardware.processor import Processor

SIZES = (0.6, 1, 2, 3, 4, 8, 12, 14, 20, 24, 27, 32, 49, 70, 120, 235, 405, 671, 1000)
"""Sizes in which models come, in thousand millions of parameters."""

_BYTES_A_WEIGHT = 4.84 / 8 * 1e9
_CONTEXT = 32_768
_CONTEXT_BYTES = 46_000
_BUFFERS = 0.8e9
_GIB = 2**30
_LEFT_TO_OTHERS = 2 * _GIB
_LEAST_DEDICATED = _GIB
"""A card with less free than this is not worth a sentence beside the machine's own memory."""

_MAC_SHARE = 0.75
"""Of its memory macOS lets the graphics have two thirds to three quarters."""


@dataclass(frozen=True, slots=True)
class Room:
    """``free`` bytes, in words where they are, and the bytes of them that a model may take."""

    free: int
    where: str
    usable: int
    slow: bool = False


def needed(size: float) -> float:
    """Return the bytes that a model of ``size`` thousand million parameters needs; see the module."""
    return size * _BYTES_A_WEIGHT + _CONTEXT * _CONTEXT_BYTES * math.sqrt(size) + _BUFFERS


def largest(free: float) -> float | None:
    """Return the largest usual size that fits into ``free`` bytes; ``None`` when none does."""
    return max((size for size in SIZES if needed(size) <= free), default=None)


def room(devices: Iterable[Device], processor: Processor | None, *, mac: bool = False) -> Room | None:
    """Return where a model has most room: the card with most free memory, else the machine's own."""
    cards = [each for each in devices if each.kind is Kind.GPU]
    own = [each for each in cards if not each.shares_memory and (each.memory_free or 0) >= _LEAST_DEDICATED]
    if own:
        best = max(own, key=lambda card: card.memory_free or 0)
        free = best.memory_free or 0
        return Room(free, tr("free on {best}", best=best.name), free)
    if processor is None:
        return None
    free = processor.memory_available
    if mac and cards:
        return Room(free, tr("of unified memory free"), min(free, int(processor.memory_total * _MAC_SHARE)))
    usable = max(0, free - _LEFT_TO_OTHERS)
    shared = [each.memory_free for each in cards if each.shares_memory and each.memory_free is not None]
    if shared:
        return Room(free, tr("of memory free, shared with the graphics"), min(usable, max(shared)))
    return Room(free, tr("of memory free"), usable, slow=True)


def sentence(found: Room | None) -> str:
    """Return such as ``24 GB free on RTX 3090: a 27B model at 4 bits fits``, with its full stop."""
    if found is None:
        return tr("How much memory is free is not known.")
    head = f"{found.free / _GIB:.0f} GB {found.where}"
    size = largest(found.usable)
    if size is None:
        return tr("{head}: too little for more than the built-in model.", head=head)
    return tr(
        "{head}: a {size}B model at 4 bits fits{part}.",
        head=head,
        size=figure(f"{size:g}"),
        part=tr(", slowly") if found.slow else "",
    )
