"""Supervision: what should have been transferred and was not, what is asked about it, and the answers."""
