"""A decision becomes a stream of words: the adapters, and the one door (``door``) that they stand behind.

Adapters speak a wire protocol and nothing else. What must hold for every prompt, whoever answers it, is
the door's and the guard's work: privacy, addresses, keys, timers, limits.
"""
