"""The global hotkey: one Protocol, a handler for each system, an ordered choice, a reason when none fits."""
