"""The nouns of the house: frozen values and pure arithmetic. No I/O, no Qt, no network."""
