"""The usage window: what was spent and saved, by tier, category and day, and every request behind it."""
