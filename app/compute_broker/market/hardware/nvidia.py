"""NVIDIA cards through NVML, the driver's own library (facts: nvidia-ml-py 13.615).

``nvidia-ml-py`` is pure ctypes; it is imported only where a driver library is there to be loaded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from compute_broker.core.texts import tr
from compute_broker.market.hardware.base import Device, Found, Kind
from compute_broker.market.hardware.files import entries, is_asleep, number_in, text_in

VENDOR = 0x10DE
_DISPLAY = 0x03
"""The PCI class of display controllers, in the highest of its three bytes."""

_LIBRARIES = (
    "usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1",
    "usr/lib/aarch64-linux-gnu/libnvidia-ml.so.1",
    "usr/lib64/libnvidia-ml.so.1",
    "usr/lib/libnvidia-ml.so.1",
    "usr/lib/wsl/lib/libnvidia-ml.so.1",
    "run/opengl-driver/lib/libnvidia-ml.so.1",
)


class Nvml:
    """The library, opened once. ``load`` returns the module that speaks to it."""

    def __init__(self, root: Path = Path("/"), load: Callable[[], Any] | None = None) -> None:
        """Open nothing yet."""
        self._root = root
        self._load = load
        self._module: Any = None
        self.absent = ""

    def asleep(self) -> bool:
        """Return whether every card is suspended: opening the library would wake it."""
        cards = self._cards()
        return bool(cards) and all(is_asleep(card) for card in cards)

    def open(self) -> Any:
        """Return the module, its library ready; ``None`` with the reason in :attr:`absent`."""
        if self._module is not None:
            return self._module
        if self._load is None and not self._driver_is_there():
            self.absent = tr("no NVIDIA driver is installed")
            return None
        try:
            module = (self._load or _pynvml)()
            module.nvmlInit()
        except ImportError:
            self.absent = tr("the package nvidia-ml-py is not installed")
        except Exception as error:  # noqa: BLE001 - NVMLError is only known once its module is here
            self.absent = tr("its driver library does not answer ({plain})", plain=_plain(error))
        else:
            self._module, self.absent = module, ""
        return self._module

    def close(self) -> None:
        """Forget the library, so that the next :meth:`open` starts afresh: its driver may be another."""
        module, self._module = self._module, None
        if module is not None:
            ask(module.nvmlShutdown)

    def devices(self) -> list[Any]:
        """Return the handles of the cards; none when the library is not there or does not answer."""
        module = self.open()
        if module is None:
            return []
        count = ask(module.nvmlDeviceGetCount)
        if count is None:
            self.absent = tr("its driver library does not answer")
            self.close()
            return []
        handles = (ask(module.nvmlDeviceGetHandleByIndex, index) for index in range(count))
        return [handle for handle in handles if handle is not None]

    def _cards(self) -> list[Path]:
        devices = entries(self._root / "sys/bus/pci/devices", "*")
        return [
            each
            for each in devices
            if number_in(each / "vendor") == VENDOR and (number_in(each / "class") or 0) >> 16 == _DISPLAY
        ]

    def _driver_is_there(self) -> bool:
        if sys.platform == "darwin":
            return False
        if sys.platform == "win32":
            return True  # nvml.dll lies where only its loader looks
        loaded = text_in(self._root / "proc/driver/nvidia/version") is not None
        return loaded or any((self._root / library).exists() for library in _LIBRARIES)


class NvidiaCards:
    """The handler."""

    name = tr("NVIDIA graphics")

    def __init__(self, nvml: Nvml) -> None:
        """Speak through ``nvml``."""
        self._nvml = nvml

    def look(self) -> Found:
        """Return the cards; suspended ones are not woken."""
        if self._nvml.asleep():
            return Found(
                (Device(Kind.GPU, tr("NVIDIA graphics"), note=tr("asleep, and not woken to be read")),)
            )
        handles = self._nvml.devices()
        if not handles:
            return Found(absent=self._nvml.absent or tr("its driver finds no card"))
        module = self._nvml.open()
        driver = ask(module.nvmlSystemGetDriverVersion)
        return Found(tuple(_device(module, handle, str(driver or "")) for handle in handles))


def ask(call: Callable[..., Any], *given: Any) -> Any:
    """Return what a call of the library returns; ``None`` when it refuses, for whatever reason."""
    try:
        return call(*given)
    except Exception:  # noqa: BLE001 - NVMLError and its kin: not supported, no permission, card lost
        return None


def _device(module: Any, handle: Any, driver: str) -> Device:
    memory = ask(module.nvmlDeviceGetMemoryInfo, handle)
    load = ask(module.nvmlDeviceGetUtilizationRates, handle)
    return Device(
        Kind.GPU,
        str(ask(module.nvmlDeviceGetName, handle) or tr("NVIDIA graphics")),
        driver=f"nvidia {driver}".strip(),
        memory_total=memory.total if memory is not None else None,
        memory_free=memory.free if memory is not None else None,
        load=min(1.0, load.gpu / 100) if load is not None else None,
        milliwatts=ask(module.nvmlDeviceGetPowerUsage, handle),
        shares_memory=memory is None,  # GB10 and Jetson: one memory for all
    )


def _pynvml() -> Any:
    import pynvml  # noqa: PLC0415 - 60 ms, and most machines have no such card

    return pynvml


def _plain(error: Exception) -> str:
    return str(error).rstrip(".") or type(error).__name__
