"""Running clocks: statutory time limits that started on a case, transfer or clue, and when they run out."""
