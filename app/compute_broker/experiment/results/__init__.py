"""What came of an experiment or a replay: one table of outcomes, the figures drawn from it, their statistics.

``model`` is the table, ``assemble`` fills it from a journal, ``figures`` turns it into the report's JSON.
"""
