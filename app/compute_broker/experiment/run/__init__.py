"""Running an experiment: every prompt through every tier and mode, journaled, within a budget, resumable.

``setup`` freezes what is decided, ``calls`` names what is asked, ``journal`` remembers it, ``follow`` says
what a plan comes to with the answers there are, ``asker`` asks one and ``runner`` all of them.
"""
