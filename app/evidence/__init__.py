"""Evidence: the checklist of a case, and files with their custody."""
