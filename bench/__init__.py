"""`make bench`: what the hot paths carry, each beside a bare route doing the same SQL alone."""
