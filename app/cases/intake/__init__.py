"""Cases in bulk, from a sheet or JSON Lines: every bad row is told with its remedy, the good ones go in."""
