"""A condition over many keys that travel as one value."""

from typing import Any

from django.db.models import Lookup


class Among(Lookup):
    """`Among(F("dossier"), keys)`: the column holds one of these UUIDs.

    The server plans it as it plans `in`; but there Django checks, converts and writes each key as
    a parameter of its own, which for a page of fifty takes longer than the query.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """`column = ANY ({…})`."""
        column, given = self.process_lhs(compiler, connection)
        keys = ",".join(str(key) for key in self.rhs)
        return f"{column} = ANY (%s::uuid[])", (*given, f"{{{keys}}}")
