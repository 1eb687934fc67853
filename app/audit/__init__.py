"""The audit trail: who did what to what, from where, and what changed; added with the act, never changed."""
