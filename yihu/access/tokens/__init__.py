"""A person's own tokens: what a program of theirs shows instead of a session (§5.5, 6.3.4)."""
