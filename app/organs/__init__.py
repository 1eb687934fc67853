"""Organs and officers, who is responsible where, and sign-in."""
