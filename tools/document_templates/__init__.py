"""Makes the first edition of the document templates; afterwards they are edited in an office program."""
