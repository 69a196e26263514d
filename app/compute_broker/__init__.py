"""Compute Broker: each prompt goes to the cheapest place that can do the job well."""

__version__ = "0.1.0"
