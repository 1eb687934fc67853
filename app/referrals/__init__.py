"""Referrals without a transfer of a suspected crime before them: back to an organ, and for detention."""
