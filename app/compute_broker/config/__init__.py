"""Settings file to typed settings, keys in the system keyring, and where both live."""
