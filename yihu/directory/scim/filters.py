"""A SCIM filter as a condition of the database; what cannot be asked is refused (RFC 7644 §3.4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from scim2_models import InvalidFilterException, ScimFilter
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    Present,
)

from yihu.directory.models import Member
from yihu.directory.queries import HERE

OF_USERS = {
    "id": "employee_no",
    "username": "employee_no",
    "displayname": "name",
    "title": "post",
    "externalid": "external_id",
    "organization": "unit__code",
    "active": "active",
}
OF_GROUPS = {
    "id": "id_text",
    "displayname": "name",
    "externalid": "external_id",
    "members": "members",
}
EXACT = {"employee_no", "external_id", "unit__code", "id_text"}
"""Compared as they are; the rest whatever the case of their letters."""
LOOKUPS = {
    CompareOperator.eq: "exact",
    CompareOperator.co: "contains",
    CompareOperator.sw: "startswith",
    CompareOperator.ew: "endswith",
}


@dataclass(frozen=True, slots=True)
class Conditions:
    """The columns behind the attributes of one kind of resource."""

    columns: Mapping[str, str]

    def of(self, filter_: ScimFilter[Any] | None) -> Q:
        """The whole filter. Raises: InvalidFilterException."""
        return self._node(filter_.ast) if filter_ is not None else Q()

    def _node(self, node: FilterNode) -> Q:
        if isinstance(node, LogicalExpr):
            join = and_ if node.op == LogicalOperator.and_ else or_
            return reduce(join, [self._node(term) for term in node.terms])
        if isinstance(node, Not):
            return ~self._node(node.expr)
        if isinstance(node, Present):
            return self._present(self._column(node.attr_path))
        if isinstance(node, Comparison):
            return self._comparison(node)
        raise InvalidFilterException(detail=_("不支持这样的过滤条件。"))

    def _column(self, path: AttrPath) -> str:
        name = path.attr.lower()
        if name not in self.columns or path.sub_attr not in {None, "value"}:
            said = _("不能按 %(name)s 过滤；可用：%(known)s。")
            facts = {"name": str(path), "known": "、".join(sorted(self.columns))}
            raise InvalidFilterException(detail=said % facts)
        return self.columns[name]

    def _present(self, column: str) -> Q:
        if column == "active":
            return Q()
        if column == "members":
            return Q(Exists(Member.objects.filter(group=OuterRef("pk"))))
        return Q(**{f"{column}__isnull": False}) & ~Q(**{column: ""})

    def _comparison(self, node: Comparison) -> Q:
        column, value = self._column(node.attr_path), node.value
        if node.op == CompareOperator.ne:
            return ~self._comparison(Comparison(node.attr_path, CompareOperator.eq, value))
        if column == "active" and isinstance(value, bool) and node.op == CompareOperator.eq:
            here = Q(status__in=HERE)
            return here if value else ~here
        lookup = LOOKUPS.get(node.op)
        if column == "active" or lookup is None or not isinstance(value, str) or "\0" in value:
            said = _("%(name)s 不能这样比较。") % {"name": str(node.attr_path)}
            raise InvalidFilterException(detail=said)
        if column == "members":
            member = Member.objects.filter(group=OuterRef("pk"), **{f"number__{lookup}": value})
            return Q(Exists(member))
        return Q(**{f"{column}__{lookup if column in EXACT else f'i{lookup}'}": value})


USERS = Conditions(OF_USERS)
GROUPS = Conditions(OF_GROUPS)
