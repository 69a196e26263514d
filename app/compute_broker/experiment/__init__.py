"""The broker against baselines on recorded outcomes: what routing saves, and at what quality.

``evaluate`` measures, ``collection`` reads, ``curves`` and ``crosscheck`` calculate, ``show`` prints
and draws.
"""
