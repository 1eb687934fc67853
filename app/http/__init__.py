"""What every room's routes share about HTTP: problems, pages, revisions, repeated requests."""
