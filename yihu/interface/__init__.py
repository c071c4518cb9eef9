"""接口: the doors for programs, to the same queries and actions as the pages (§6.3, 5.5)."""
