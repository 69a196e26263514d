"""Tiers to quotes: what is up, and what a million tokens would cost there now."""
