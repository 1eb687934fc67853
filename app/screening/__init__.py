"""Screening of stored cases: findings kept with the law and facts they read, and what follows."""
