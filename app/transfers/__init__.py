"""Transfers: the engine that takes a case through the procedure from draft to its outcome."""
