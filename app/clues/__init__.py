"""Clues: what one organ tells another that is not (yet) a transfer, and what came of it."""
