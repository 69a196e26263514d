"""The two schemes of colours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Colours:
    """One scheme, as ``#rrggbb``. ``series`` are the chart colours, told apart by colour-blind eyes too."""

    scheme: Literal["light", "dark"]
    window: str
    surface: str
    raised: str
    border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    good: str
    warn: str
    bad: str
    code: str
    series: tuple[str, ...]


LIGHT = Colours(
    scheme="light",
    window="#f6f7f8",
    surface="#ffffff",
    raised="#eef1f2",
    border="#d5dadd",
    text="#14191c",
    muted="#566068",
    accent="#0b6e69",
    accent_hover="#095a56",
    on_accent="#ffffff",
    accent_soft="#dcefed",
    good="#1a7038",
    warn="#8f5400",
    bad="#b3261e",
    code="#f0f3f4",
    series=("#0b7a75", "#d1730f", "#4056c7", "#b13a7e", "#6a8c1f", "#2b8fc9", "#8a5a2b", "#6b7780"),
)
DARK = Colours(
    scheme="dark",
    window="#171b1e",
    surface="#1e2326",
    raised="#2a3034",
    border="#3a4247",
    text="#eceff1",
    muted="#a3aeb5",
    accent="#45c4ba",
    accent_hover="#63d3ca",
    on_accent="#06211f",
    accent_soft="#173c3a",
    good="#6bcf8a",
    warn="#f0b357",
    bad="#ff8a80",
    code="#15191b",
    series=("#3fbfb5", "#f0a24a", "#8c9bf5", "#e57ab6", "#a8c95a", "#6fbbe8", "#c99a6b", "#98a4ac"),
)
