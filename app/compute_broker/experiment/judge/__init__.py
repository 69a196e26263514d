"""Which of two answers is better: by a model that does not know whose they are, or by a person likewise."""
