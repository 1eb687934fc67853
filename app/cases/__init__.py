"""Penalty cases: entry by form, sheet and API; parties with sealed personal data; lists and history."""
