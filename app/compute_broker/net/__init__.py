"""The one way out: who may be spoken to (``address``), how (``client``), and how streams are read (``sse``).

Nothing here imports ``httpx2`` when it is imported, since that costs 90 ms.
"""
