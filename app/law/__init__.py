"""The law as data, and pure functions over it. Knows neither HTTP nor SQL; imports nothing of ours."""
