"""Answers as Markdown: split while they stream, rendered without ever loading anything, coloured, frozen."""
