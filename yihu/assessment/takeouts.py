def contribute_all() -> None:
    """Nothing yet."""
