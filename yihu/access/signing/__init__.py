"""Coming in and staying in: passwords, second factor, sessions, outside identities."""
