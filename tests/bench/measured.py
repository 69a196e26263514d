"""Figures with their spread, and the small table that they are shown in."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles

_MANY = 100


@dataclass(frozen=True)
class Figure:
    """One line of the table: what, the values of its runs in ``unit``, and the bar it is held to."""

    what: str
    values: list[float]
    unit: str
    bar: str = ""

    def line(self) -> str:
        """Return the line: median, range, 99th percentile (of many runs), number of runs, bar."""
        spread = f"{min(self.values):.2f} to {max(self.values):.2f}"
        middle = f"{median(self.values):.2f} {self.unit}"
        runs = len(self.values)
        tail = f"{quantiles(self.values, n=100)[98]:.2f}" if runs >= _MANY else ""
        return f"{self.what:<44} {middle:>11}   {spread:>18} {tail:>8} {runs:>5}   {self.bar}"


def show(figures: list[Figure]) -> None:
    """Print the table."""
    print(f"{'':<44} {'median':>11}   {'range':>18} {'p99':>8} {'runs':>5}   bar")
    for figure in figures:
        print(figure.line(), flush=True)
