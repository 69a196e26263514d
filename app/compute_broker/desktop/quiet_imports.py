"""Has PySide6 leave the imports alone that follow its own.

To know which modules may ask for its ``__feature__`` switches (snake_case names, true properties), PySide6
reads the source text of every module imported after it, ours and all others', and Python's line cache keeps
it: 12 MB for nothing, since no module here asks. Modules it has not looked at use Qt as it is.
"""

from __future__ import annotations

import linecache
import sys

import PySide6.QtCore  # noqa: F401 - it brings the hook that is turned off here

_FEATURE = "shibokensupport.feature"


def import_quietly() -> None:
    """Turn the look off and drop what it has read. A PySide6 made otherwise is left as it is."""
    feature = sys.modules.get(_FEATURE)
    if hasattr(feature, "_mod_uses_pyside"):
        feature._mod_uses_pyside = _asks_for_no_feature  # type: ignore[union-attr] # noqa: SLF001 - no public switch
        linecache.clearcache()


def _asks_for_no_feature(_module: object) -> bool:
    return False
