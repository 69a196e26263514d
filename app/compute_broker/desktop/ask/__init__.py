"""The quick ask window: a question, who would take it and why, the streamed answer, what it cost."""
