"""Events out: what other systems are told of, in order, at least once (§5.1, 5.5)."""
