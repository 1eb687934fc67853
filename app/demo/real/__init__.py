"""Cases that Chinese authorities and media published: records, how each is read, what screening says."""
