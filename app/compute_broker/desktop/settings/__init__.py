"""The settings window: everything is applied at once, and a key is never shown again."""
