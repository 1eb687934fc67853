"""Transfer packages: the whole file of a transfer as one signed bag, made, checked and received."""
