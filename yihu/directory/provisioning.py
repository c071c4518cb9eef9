"""What the identity system wants of a person, carried out by personnel events (§6.3.4).

Whoever it creates is entered as the HR system's files enter them; whoever it deactivates leaves by
the same event as any leaver, so that sessions, tokens, grants and feeds end in this transaction.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from yihu.audit import actions as audit
from yihu.directory import queries
from yihu.directory.granting import settle, settle_all
from yihu.directory.models import Entry, Group, Member
from yihu.dossiers.problems import Unfit
from yihu.handover.personnel import correct, receive, withdraw_ahead
from yihu.org.models import Staff
from yihu.org.rules import PersonnelEventKind


class Conflict(Exception):
    """It does not go together with what stands; says why and what to do."""


class Taken(Exception):
    """Somebody, or some group, has this name or key already."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A person as the identity system wants them: `unit` by code or name."""

    number: str
    name: str
    post: str
    unit: str
    active: bool
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Who wants it, and when."""

    name: str
    today: date
    at: datetime


@transaction.atomic
def create(by: Source, wish: Wish) -> None:
    """Enter somebody new, or who was taken out of the directory. Raises: Taken, Conflict, Wrong."""
    if queries.person(wish.number) is not None:
        raise Taken(_("已有工号 %(number)s，请改用 PUT 或 PATCH。") % {"number": wish.number})
    _keep_entry(by, wish)
    if not queries.posts_here(wish.number):
        _event(by, wish, PersonnelEventKind.JOIN, unit=wish.unit)
    _carry_out(by, wish)


@transaction.atomic
def replace(by: Source, wish: Wish) -> None:
    """Bring the person to what is wanted. Raises: Taken, Conflict, Wrong, Unfit."""
    _keep_entry(by, wish)
    _carry_out(by, wish)


@transaction.atomic
def remove(by: Source, number: str) -> None:
    """The person leaves, and is no longer of the directory; what is on record stays."""
    _leave(by, number)
    Member.objects.filter(number=number).delete()
    Entry.objects.update_or_create(
        number=number, defaults={"external_id": None, "removed_at": by.at}
    )


def _keep_entry(by: Source, wish: Wish) -> None:
    if wish.external_id is not None:
        others = Entry.objects.filter(external_id=wish.external_id).exclude(number=wish.number)
        if others.exists():
            raise Taken(_("externalId 已属于另一人，请核对。"))
    Entry.objects.update_or_create(
        number=wish.number, defaults={"external_id": wish.external_id, "removed_at": None}
    )


def _carry_out(by: Source, wish: Wish) -> None:
    here = queries.posts_here(wish.number)
    if not wish.active:
        _leave(by, wish.number)
    elif not here:
        _event(by, wish, PersonnelEventKind.JOIN, unit=wish.unit)
    elif wish.unit not in _names(here[0]):
        if len(here) > 1:
            said = _("工号 %(number)s 在多个单位在职，请先在一户登记变动。")
            raise Conflict(said % {"number": wish.number})
        _withdraw(by, here)
        _event(by, wish, PersonnelEventKind.TRANSFER, unit=here[0].unit.code, to=wish.unit)
    person = queries.person(wish.number)
    correct(by.name, person, name=wish.name, post=wish.post)
    fresh = queries.person(wish.number)
    if (fresh.status in queries.HERE) != wish.active or (
        wish.active and (wish.unit not in _names(fresh))
    ):
        raise Conflict(
            _("%(name)s今天已登记过相反的人事变动，当天不能再改回，请明天再报送。")
            % {"name": fresh.name}
        )
    settle(wish.number, at=by.at)


def _names(staff: Staff) -> set[str]:
    return {staff.unit.code, staff.unit.name, staff.unit.short_name}


def _leave(by: Source, number: str) -> None:
    """From every post under the number: it is a person's, whatever units knew it."""
    here = queries.posts_here(number)
    if not here:
        return
    _withdraw(by, here)
    rows = [
        (place, _cells(by, number, PersonnelEventKind.LEAVE, unit=post.unit.code))
        for place, post in enumerate(here, 1)
    ]
    receive(by.name, rows, today=by.today, at=by.at)


def _withdraw(by: Source, posts: list[Staff]) -> None:
    """What was planned for the posts is overtaken by what the identity system says now."""
    reason = _("身份系统报送了新的变动")
    withdraw_ahead(by.name, [post.pk for post in posts], reason=reason, at=by.at)


def _event(by: Source, wish: Wish, kind: PersonnelEventKind, *, unit: str, to: str = "") -> None:
    cells = _cells(by, wish.number, kind, unit=unit)
    gone = Staff.objects.filter(employee_no=wish.number)
    if kind == PersonnelEventKind.JOIN:
        known = [post for post in gone.select_related("unit") if unit in _names(post)]
        _withdraw(by, known)
        cells |= {"name": known[0].name if known else wish.name, "post": wish.post}
    if to:
        cells |= {"other_unit": to, "other_post": wish.post}
    receive(by.name, [(1, cells)], today=by.today, at=by.at)


def _cells(by: Source, number: str, kind: PersonnelEventKind, *, unit: str) -> dict[str, object]:
    return {
        "unit": unit,
        "employee_no": number,
        "kind": kind.value,
        "effective_on": by.today.isoformat(),
    }


# Groups ------------------------------------------------------------------------------------------


@transaction.atomic
def keep_group(
    by: Source, group: Group | None, *, name: str, external_id: str | None, numbers: set[str]
) -> Group:
    """A group with exactly these members; roles that hang on it follow at once.

    Raises: Taken; Unfit where a member is nobody.
    """
    others = Group.objects.exclude(pk=group.pk) if group is not None else Group.objects
    if others.filter(name__iexact=name).exists():
        raise Taken(_("已有名为“%(name)s”的组。") % {"name": name})
    if external_id is not None and others.filter(external_id=external_id).exists():
        raise Taken(_("externalId 已属于另一个组，请核对。"))
    unknown = sorted(numbers - queries.names_of(numbers).keys())
    if unknown:
        raise Unfit(_("成员 %(number)s 不在人员之列，请先建立。") % {"number": unknown[0]})
    kept = group or Group(name=name, external_id=external_id)
    if group is None:
        kept.save()
        kept.refresh_from_db()
    touched = queries.touched_by(kept, kept.name, name) | numbers
    if kept.name.lower() != name.lower():  # what the old name gave ends while SCIM still tells it
        kept.members.all().delete()
        settle_all(touched, at=by.at)
    kept.name, kept.external_id = name, external_id
    kept.save(update_fields=["name", "external_id"])
    kept.members.exclude(number__in=numbers).delete()
    Member.objects.bulk_create(
        (Member(group=kept, number=number) for number in sorted(numbers)), ignore_conflicts=True
    )
    _told(by, kept, len(numbers))
    settle_all(touched, at=by.at)
    return kept


@transaction.atomic
def remove_group(by: Source, group: Group) -> None:
    """The group is gone, and what it gave."""
    touched = queries.touched_by(group, group.name)
    _told(by, group, 0)
    Member.objects.filter(group=group).delete()
    settle_all(touched, at=by.at)
    group.delete()


def _told(by: Source, group: Group, count: int) -> None:
    audit.record(
        None,
        "directory_group.told",
        group,
        data={"by": by.name, "label": group.name, "count": count},
    )
