"""Help in: a person reports a problem from any page, ITC answers and closes (§4.2a)."""
