"""The graphics cards that the kernel knows of, by vendor."""

from __future__ import annotations

from pathlib import Path

from compute_broker.market.hardware.files import entries, name_behind, number_in, text_in


def cards_of(root: Path, vendor: int) -> list[Path]:
    """Return the device folders of a vendor's cards; connectors such as ``card0-HDMI-A-1`` are none."""
    found = [
        card / "device" for card in entries(root / "sys/class/drm", "card[0-9]*") if "-" not in card.name
    ]
    return [device for device in found if number_in(device / "vendor") == vendor]


def driver_of(device: Path) -> str:
    """Return the name of a device's kernel driver; empty when it has none."""
    return name_behind(device / "driver")


def model_name(device: Path, otherwise: str) -> str:
    """Return the name the driver gives, else ``otherwise`` with the PCI number that tells models apart."""
    named = text_in(device / "product_name")
    if named:
        return named
    number = number_in(device / "device")
    return otherwise if number is None else f"{otherwise} ({number:04x})"
