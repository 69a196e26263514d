"""The face: tray icon, menu, hotkey and windows. The only importer of Qt."""
