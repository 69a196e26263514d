"""The pieces of a chart: scales, axes, marks, and labels that keep out of each other's way. Plain SVG text.

Colours are the page's CSS variables, so that a chart is right in light, in dark and on paper.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from compute_broker.experiment.report.words import safe

CHARACTER = 6.9
"""The mean width of a character of a label, in units of the chart."""

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """From figures to places: ``low`` stands at ``start``, ``high`` at ``end``; ``log`` for decades."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        """Return the place of ``value``, kept within the chart."""
        low, high, value = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, value = math.log(low), math.log(high), math.log(value)
        share = (value - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Return round figures from ``low`` to ``high``, about so many."""
    span = high - low
    if span <= 0:
        return [low]
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * each for each in (1, 2, 2.5, 5, 10) if power * each >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    return [round(number * step, 12) for number in range(first, math.floor(high / step + 1e-9) + 1)]


def decades(low: float, high: float) -> list[float]:
    """Return 1, 2 and 5 of each power of ten; only the ones when that is many."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    many = len(powers) > 4  # noqa: PLR2004 - more labels would touch
    found = [m * 10.0**p for p in powers for m in ((1,) if many else (1, 2, 5))]
    return [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]


def text(x: float, y: float, words: str, *, anchor: str = "start", style: str = "") -> str:
    """Return a text at a place."""
    kind = f' class="{style}"' if style else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{kind}>{safe(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, style: str = "grid") -> str:
    """Return a straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>'


def spread(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    """Return an interval as a faint line."""
    return line(x1, y1, x2, y2, "spread").replace("/>", f' style="stroke:{colour}"/>')


def box(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    """Return a filled area."""
    return (
        f'<rect x="{x1:.1f}" y="{y1:.1f}" width="{max(0.0, x2 - x1):.1f}" height="{max(0.0, y2 - y1):.1f}" '
        f'class="{style}"/>'
    )


def legend(entries: Iterable[tuple[str, str]]) -> str:
    """Return what the colours mean, below a chart: pairs of colour and words."""
    told = "".join(
        f'<span><i style="background:{colour}"></i>{safe(words)}</span>' for colour, words in entries
    )
    return f'<p class="legend">{told}</p>'


def whisker(x1: float, x2: float, y: float, colour: str) -> str:
    """Return a level interval with its ends."""
    bars = "".join(f"M{x:.1f},{y - 5:.1f}v10" for x in (x1, x2))
    return f'<path d="M{x1:.1f},{y:.1f}H{x2:.1f}{bars}" class="whisker" style="stroke:{colour}"/>'


def diamond(x: float, y: float, size: float, colour: str, title: str) -> str:
    """Return the mark of a mode."""
    path = f"M{x:.1f},{y - size:.1f}l{size},{size}l{-size},{size}l{-size},{-size}z"
    return f'<path d="{path}" class="mark" style="fill:{colour}"><title>{safe(title)}</title></path>'


def dot(x: float, y: float, size: float, title: str, style: str = "tier") -> str:
    """Return the mark of a tier."""
    where = f'cx="{x:.1f}" cy="{y:.1f}" r="{size}"'
    return f'<circle {where} class="mark {style}"><title>{safe(title)}</title></circle>'


def picture(width: float, height: float, title: str, parts: Sequence[str]) -> str:
    """Return a whole chart; ``title`` is what a screen reader says of it."""
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{safe(title)}" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'
    )


@dataclass
class Labels:
    """Labels around points: each takes the first free place beside its point, or none at all."""

    bounds: Box
    taken: list[Box] = field(default_factory=list)

    def keep_free(self, x: float, y: float, radius: float) -> None:
        """Let no label lie on a mark."""
        self.taken.append((x - radius, y - radius, x + radius, y + radius))

    def place(self, x: float, y: float, words: str, *, style: str = "label", gap: float = 9.0) -> str:
        """Return the label of the point at (x, y); empty when there is no room: its title tells it still."""
        width, height = len(words) * CHARACTER, 13.0
        spots: tuple[tuple[float, float, str], ...] = (
            (x + gap, y + 4, "start"),
            (x - gap, y + 4, "end"),
            (x, y - gap - 2, "middle"),
            (x, y + gap + 10, "middle"),
            (x + gap, y - gap, "start"),
            (x + gap, y + gap + 9, "start"),
            (x - gap, y - gap, "end"),
            (x - gap, y + gap + 9, "end"),
        )
        for left, base, anchor in spots:
            start = left - {"start": 0.0, "middle": width / 2, "end": width}[anchor]
            box = (start, base - height + 2, start + width, base + 3)
            if _inside(box, self.bounds) and not any(_touch(box, other) for other in self.taken):
                self.taken.append(box)
                return text(left, base, words, anchor=anchor, style=style)
        return ""


def axis(
    values: Sequence[float],
    place: Callable[[float], float],
    words: Callable[[float], str],
    top: float,
    end: float,
) -> list[str]:
    """Return vertical grid lines from ``top`` to ``end`` with their figures below."""
    parts = []
    for value in values:
        x = place(value)
        parts += [line(x, top, x, end), text(x, end + 16, words(value), anchor="middle", style="tick")]
    return parts


def _inside(box: Box, bounds: Box) -> bool:
    return box[0] >= bounds[0] and box[1] >= bounds[1] and box[2] <= bounds[2] and box[3] <= bounds[3]


def _touch(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
