"""Trying the broker on the person's own prompts: price first, progress, figures, blind rating."""
