"""The face: tray icon, menu, hotkey and windows. The only importer of Qt."""

from compute_broker.desktop.quiet_imports import import_quietly

import_quietly()
