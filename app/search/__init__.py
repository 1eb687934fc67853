"""Full-text search over cases, parties, transfers and clues, within what the actor may see."""
