"""Documents: the papers of the procedure, from data to numbered, frozen Word and PDF."""
