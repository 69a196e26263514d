"""The built-in tier: a llama.cpp server in a child process, with a tiny model that ships with us.

No key, no network, no set-up: what is left when everything else is gone. ``engine.BuiltinEngine`` is
the provider, ``child.run_child`` the other process. Nothing is imported here, since the child is run
as a module of its own, and the tray must not pay for an engine that nobody has asked yet.
"""
