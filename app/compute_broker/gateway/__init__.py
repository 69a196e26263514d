"""The broker as a server for other programs, on this machine only and never without its token.

A program asks ``http://127.0.0.1:4417/v1`` as it would ask OpenAI or Anthropic; for ``auto`` the broker picks
the tier. ``gateway`` is the life of it, ``guard`` lets in, ``openai_dialect`` and ``anthropic_dialect`` read
and write, ``answering`` runs a prompt for as long as its client is there.
"""
