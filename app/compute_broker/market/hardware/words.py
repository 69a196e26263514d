"""What was found, in words for command line, panel and settings."""

from __future__ import annotations

from compute_broker.core.texts import figure, tr
from compute_broker.market.hardware.base import Device, Kind
from compute_broker.market.hardware.battery import Battery
from compute_broker.market.hardware.processor import Processor

UNKNOWN = "–"
_GIB = 2**30


def size(number: int | None) -> str:
    """Return bytes as gigabytes; an en dash for unknown."""
    if number is None:
        return UNKNOWN
    return figure(f"{number / _GIB:.1f}") if number < 10 * _GIB else f"{number / _GIB:.0f}"


def share(part: float | None) -> str:
    """Return a share as whole per cent; an en dash for unknown."""
    return UNKNOWN if part is None else f"{part * 100:.0f} %"


def device(found: Device, *, load: bool = True) -> str:
    """Return memory, ``load``, draw, driver and note in one line; what should be known is an en dash."""
    parts = []
    if found.shares_memory and found.memory_total is None:
        parts.append(tr("shares the machine's memory"))
    elif found.kind is Kind.GPU:
        whose = tr(" of the machine's own") if found.shares_memory else ""
        parts.append(
            tr(
                "{size} of {size_2} GB{whose} free",
                size=size(found.memory_free),
                size_2=size(found.memory_total),
                whose=whose,
            )
        )
    if load:
        parts.append(tr("{share} busy", share=share(found.load)))
    if found.milliwatts is not None:
        parts.append(f"{found.milliwatts / 1000:.0f} W")
    return ", ".join([*parts, *(each for each in (found.driver, found.note) if each)])


def processor(found: Processor) -> str:
    """Return load, memory and pressure of the machine in one line."""
    waits = waiting(found)
    head = tr("{threads} processor threads, {memory}", threads=found.threads, memory=memory(found))
    if found.load is not None:  # it is measured between two looks
        head = tr(
            "{threads} processor threads, {share} busy, {memory}",
            threads=found.threads,
            share=share(found.load),
            memory=memory(found),
        )
    return f"{head}, {waits}" if waits else head


def memory(found: Processor) -> str:
    """Return how much memory is free."""
    return tr(
        "{size} of {size_2} GB of memory free",
        size=size(found.memory_available),
        size_2=size(found.memory_total),
    )


def waiting(found: Processor) -> str:
    """Return the share of time in which work waits for processor or memory; empty where nobody tells."""
    waits = [
        tr("for {what} {share}", what=what, share=share(part))
        for part, what in ((found.cpu_pressure, tr("the processor")), (found.memory_pressure, tr("memory")))
        if part is not None
    ]
    if not waits:
        return ""
    both = tr("{several} and {last}", several=waits[0], last=waits[1]) if len(waits) > 1 else waits[0]
    return tr("work waits {it} of the time", it=both)


def battery(found: Battery) -> str:
    """Return the state of battery and mains."""
    if found.absent:
        return found.absent
    level = UNKNOWN if found.charge is None else f"{found.charge} %"
    if found.on_battery is None:
        return tr("battery at {level}, whether on mains is not known", level=level)
    return (
        tr("on battery at {level}", level=level)
        if found.on_battery
        else tr("on mains, battery at {level}", level=level)
    )
