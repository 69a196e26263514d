"""The first run: what is here, keys, hotkey and budget, a first answer; all of it can be changed later."""
