"""Every read of query policies and grants, and the sentence that says why (§6.3.1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from yihu.access.entering import for_group
from yihu.access.models import RoleAssignment, User
from yihu.access.policy import holds
from yihu.access.rules import EVERY_REGION, Role
from yihu.access.scope import scope_of
from yihu.grants.models import Grant, QueryPolicy
from yihu.grants.rules import Level, Line, State, sections_said, stem
from yihu.org.models import OrgUnit, Staff
from yihu.org.regions import name_of
from yihu.org.rules import UnitKind


def policy_of(unit_id: int, day: date) -> QueryPolicy | None:
    """The edition that holds on that day, with its lines."""
    found: QueryPolicy | None = (
        QueryPolicy.objects.filter(unit=unit_id, effective_on__lte=day)
        .select_related("published_by")
        .prefetch_related("lines")
        .order_by("-effective_on", "-number")
        .first()
    )
    return found


def lines_of(policy: QueryPolicy | None) -> list[Line]:
    """What it allows, as plain values; none where the unit has written none."""
    if policy is None:
        return []
    return [
        Line(line.post, frozenset(line.sections), frozenset(line.regions), line.level, line.days)
        for line in policy.lines.all()
    ]


def post_of(user_id: int) -> str:
    """The post of whoever asks, also of another unit's people; "" for nobody's."""
    with for_group():
        staff = Staff.objects.filter(account=user_id).first()
    return staff.post if staff is not None else ""


def steward_units(user: User) -> list[OrgUnit]:
    """The units whose policy the person writes."""
    ids = _stewarded(user)
    return list(OrgUnit.objects.filter(pk__in=ids))


def _stewarded(user: User) -> list[int]:
    return [unit for role, unit in scope_of(user).roles if role == Role.STEWARD and unit]


def units_to_ask() -> QuerySet[OrgUnit]:
    """Units that keep customer files."""
    return OrgUnit.objects.filter(kind__in=[UnitKind.SUBSIDIARY, UnitKind.SUBUNIT])


def mine(user: User) -> QuerySet[Grant]:
    """What the person asked for, the latest first."""
    rows: QuerySet[Grant] = (
        Grant.objects.filter(person=user).select_related("unit").order_by("-asked_at")
    )
    return rows


def waiting_for(user: User) -> QuerySet[Grant]:
    """What waits for this person's hand: to agree to, or to open."""
    wanted = Q(unit__in=_stewarded(user), state__in=[State.ASKED, State.SECOND])
    if holds(user, Role.SUPERVISOR):
        wanted |= Q(state=State.SECOND)
    if holds(user, Role.ITC):
        wanted |= Q(state=State.APPROVED)
    rows: QuerySet[Grant] = (
        Grant.objects.filter(wanted)
        .exclude(person=user)
        .exclude(approved_by=user)
        .select_related("unit", "person__staff__unit", "approved_by", "second_by")
        .order_by("asked_at")
    )
    return rows


def opened_by_unit(unit_ids: Sequence[int]) -> QuerySet[Grant]:
    """Grants that stand on these units' files, the soonest to end first."""
    rows: QuerySet[Grant] = (
        Grant.objects.filter(unit__in=unit_ids, state=State.OPENED)
        .select_related("unit", "person__staff__unit", "approved_by", "second_by", "opened_by")
        .order_by("until", "id")
    )
    return rows


@dataclass(frozen=True, slots=True)
class Holder:
    """A person who sees a unit's customers: by which role or grant, how much, until when."""

    user: User
    why: str
    what: str
    until: date | None
    grant: Grant | None


def matrix(unit: OrgUnit, day: date) -> list[Holder]:
    """Who can see this unit's customers, why and until when: roles first, then grants."""
    above: list[int] = []
    node: OrgUnit | None = unit
    while node is not None:
        above.append(node.pk)
        node = node.parent
    roles = (
        RoleAssignment.objects.filter(
            Q(unit__in=above) | Q(role=Role.SUPERVISOR), user__is_active=True, since__lte=day
        )
        .filter(Q(until=None) | Q(until__gte=day))
        .select_related("user__staff__unit", "unit")
        .order_by("unit_id", "role", "user__username")
    )
    found = [
        Holder(
            user=role.user,
            why=_("%(role)s（%(unit)s）")
            % {
                "role": Role(role.role).label,
                "unit": role.unit.short_name if role.unit else _("集团"),
            },
            what=_("全部档案")
            if role.role in EVERY_REGION or role.role == Role.SUPERVISOR
            else _("本单位所属区域的档案"),
            until=role.until,
            grant=None,
        )
        for role in roles
    ]
    for grant in opened_by_unit([unit.pk]).filter(since__lte=day, until__gte=day):
        found.append(
            Holder(
                user=grant.person,
                why=_("查询权限：%(purpose)s") % {"purpose": grant.purpose},
                what=said(grant),
                until=min(filter(None, (grant.until, grant.confirmed_until))),
                grant=grant,
            )
        )
    return found


def said(grant: Grant) -> str:
    """What a grant opens, for people: sections, regions, level."""
    regions = "、".join(name_of(code) for code in grant.regions) or _("全部区域")
    return _("%(sections)s；%(regions)s；%(level)s以下") % {
        "sections": sections_said(grant.sections),
        "regions": regions,
        "level": Level(grant.level).label,
    }


@dataclass(frozen=True, slots=True)
class Target:
    """What the question is about: a file's unit, region and credit code."""

    unit: OrgUnit
    region_code: str
    credit_code: str
    name: str


def why(asked: User, target: Target) -> tuple[bool, str]:
    """Whether that person sees that file, and in one sentence by what or why not."""
    scope = scope_of(asked)
    words = {"who": asked.name, "file": target.name, "unit": target.unit.short_name}
    if not asked.is_active:
        return False, _("%(who)s看不到“%(file)s”：账号已停用。") % words
    if scope.everything:
        return True, _("%(who)s看得到“%(file)s”：是集团监督员，可看各单位全部档案。") % words
    if scope.avoid and scope.avoid == target.credit_code:
        return False, (
            _("%(who)s看不到“%(file)s”：这是其所在单位作为客户的档案，内部客户不得查看。") % words
        )
    if target.unit.pk in scope.whole_units:
        role = next(
            (Role(role).label for role, _unit in sorted(scope.roles) if role in EVERY_REGION), ""
        )
        return True, (
            _("%(who)s看得到“%(file)s”：在%(unit)s或其上级单位任%(role)s。")
            % {**words, "role": role}
        )
    grant = next((g for g in scope.grants if g.reaches(target.unit.pk, target.region_code)), None)
    if grant is not None:
        parts = sections_said(sorted(grant.sections))
        return True, (
            _("%(who)s看得到“%(file)s”的%(parts)s：%(unit)s批准、信息技术中心开通了查询权限。")
            % {**words, "parts": parts}
        )
    if target.unit.pk in scope.own_ids:
        stems = dict(scope.regions).get(target.unit.pk, frozenset())
        if any(target.region_code.startswith(stem_) for stem_ in stems):
            return True, _(
                "%(who)s看得到“%(file)s”：是%(unit)s的查询员，客户在所属区域内。"
            ) % words
        return False, _("%(who)s看不到“%(file)s”：客户不在%(unit)s的所属区域内。") % words
    if any(g.unit_id == target.unit.pk for g in scope.grants):
        return False, _("%(who)s看不到“%(file)s”：查询权限不含该客户所在区域。") % words
    return False, (_("%(who)s看不到“%(file)s”：不是%(unit)s的人员，也没有获准的查询权限。") % words)


def region_choices(unit: OrgUnit) -> list[tuple[str, str]]:
    """The unit's regions as options, also for those who cannot look into the unit."""
    with for_group():
        codes = sorted(unit.regions.values_list("region_code", flat=True), key=stem)
    return [(code, name_of(code)) for code in codes]


def over(today: date) -> Q:
    """Grants that opened nothing since yesterday: their day is past, or their confirmation."""
    return Q(until__lt=today) | Q(confirmed_until__lt=today)
