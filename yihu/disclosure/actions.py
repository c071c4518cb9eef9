"""Looking behind the mask, setting a file's mark, sealing a contact: each with its line in the log.

No value is ever written to the log: field codes, groups, levels and reasons only.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import CORE, PRICED
from yihu.audit import actions as audit
from yihu.disclosure import queries
from yihu.disclosure.lens import View
from yihu.disclosure.models import Marking, Reveal, Seal
from yihu.disclosure.policy import may_mark, may_second
from yihu.disclosure.quota import left
from yihu.disclosure.rules import (
    CONTACTS,
    SEALED,
    SHOWN_FOR,
    Group,
    MarkState,
    Purpose,
    group_of,
    name_key,
    without_sealed,
)
from yihu.dossiers.models import Dossier, Draft
from yihu.dossiers.problems import Refused
from yihu.dossiers.rules import PENDING, DraftState, Secrecy, lowers
from yihu.dossiers.tables import tables
from yihu.guide.queries import definition_in_force
from yihu.guide.rules import Definition, is_empty

REVEAL_LOCK = 62_701
"""With the person's number: two reveals at once are counted one after the other."""


# Looking behind the mask -------------------------------------------------------------------------


@transaction.atomic
def reveal(
    by: User, dossier: Dossier, *, group: Group, purpose: Purpose, note: str, at: datetime
) -> Reveal:
    """Show one group of the file to this person for ten minutes (§5.5, 6.3.2).

    Above the day's limit nothing is shown and the attempt stands in the register: `refused`.
    Raises: Denied, Refused (nothing is masked, or no purpose is said).
    """
    view = queries.view_of(by, dossier, at)
    if group in view.shown:
        raise Refused(_("这部分内容已经显示，不必再申请。"))
    require(group in offered(view, at.date()), _("查看隐去内容的"))
    if purpose == Purpose.OTHER and not note:
        raise Refused(_("请在“说明”中写明查看的目的。"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [REVEAL_LOCK, by.pk])
    refused = left(by, at) <= 0
    made = Reveal.objects.create(
        unit_id=dossier.unit_id,
        dossier=dossier,
        user=by,
        group=group,
        fields=[] if refused else codes_of(dossier, group, at.date()),
        purpose=purpose,
        note=note,
        rights=queries.rights_of(by),
        at=at,
        until=at if refused else at + SHOWN_FOR,
        refused=refused,
    )
    audit.record(
        by,
        "reveal.refused" if refused else "reveal.shown",
        dossier,
        dossier_id=dossier.pk,
        data={"group": group, "fields": made.fields, "purpose": purpose, "note": note},
    )
    return made


def offered(view: View, today: date) -> list[Group]:
    """The groups that are masked for the person and within the clearance, by today's guide."""
    guide = definition_in_force(today)
    return offered_by(view, guide[1] if guide is not None else None)


def offered_by(view: View, definition: Definition | None) -> list[Group]:
    """The same by the guide that is given."""
    found = []
    for group in Group:
        if group not in view.masked:
            continue
        if group == Group.PRICES:
            cleared = view.lens.reads(PRICED, CORE)
        elif group == Group.PAPERS:
            cleared = view.whole
        else:
            cleared = definition is not None and any(
                group_of(one.sensitivity) == group and one.in_document and view.cleared(one)
                for one in definition
            )
        if cleared:
            found.append(group)
    return found


def codes_of(dossier: Dossier, group: Group, today: date) -> list[str]:
    """What the group shows of this file, as codes of fields and of columns."""
    if group == Group.PRICES:
        return [f"{one.code}.{column}" for one in tables() for column in sorted(one.core)]
    if group == Group.PAPERS:
        return [one.code for one in tables() if one.secret is not None]
    guide = definition_in_force(today)
    if guide is None:
        return []
    return [
        one.code
        for one in guide[1]
        if group_of(one.sensitivity) == group and not is_empty(dossier.document.get(one.code))
    ]


# The mark ----------------------------------------------------------------------------------------


@transaction.atomic
def set_mark(
    by: User,
    dossier: Dossier,
    *,
    secrecy: Secrecy,
    until: date | None,
    circle: str,
    reason: str,
    at: datetime,
) -> Marking:
    """Set level, period and circle. What lowers the mark waits for a second person.

    Raises: Denied, Refused (another proposal waits).
    """
    require(may_mark(by, dossier.unit_id), _("确定档案密级的"))
    dossier = Dossier.objects.select_for_update().get(pk=dossier.pk)
    if queries.proposed_of(dossier) is not None:
        raise Refused(_("已有一项降密待第二人决定，请先处理。"))
    waits = lowers(dossier.mark, (secrecy, until))
    made = Marking.objects.create(
        unit_id=dossier.unit_id,
        dossier=dossier,
        secrecy=secrecy,
        secrecy_until=until,
        circle=circle,
        reason=reason,
        state=MarkState.PROPOSED if waits else MarkState.IN_FORCE,
        proposed_by=by,
        proposed_at=at,
    )
    data = {"secrecy": secrecy, "until": until, "reason": reason}
    if waits:
        audit.record(by, "mark.proposed", dossier, dossier_id=dossier.pk, data=data)
    else:
        _mark(by, dossier, made, at)
    return made


@transaction.atomic
def decide_mark(by: User, marking: Marking, *, agrees: bool, at: datetime) -> Marking:
    """The second person's word on a lower mark. Raises: Denied, Refused."""
    row: Marking = (
        Marking.objects.select_for_update(of=("self",)).select_related("dossier").get(pk=marking.pk)
    )
    require(may_second(by, row.unit_id), _("决定降密的"))
    if row.state != MarkState.PROPOSED:
        raise Refused(_("这项降密已经决定，请刷新页面。"))
    if row.proposed_by_id == by.pk:
        raise Refused(_("降密须由提出人以外的第二人决定。"))
    row.state = MarkState.IN_FORCE if agrees else MarkState.REFUSED
    row.decided_by, row.decided_at = by, at
    row.save(update_fields=["state", "decided_by", "decided_at"])
    if agrees:
        _mark(by, row.dossier, row, at)
    else:
        audit.record(by, "mark.refused", row.dossier, dossier_id=row.dossier_id)
    return row


def _mark(by: User, dossier: Dossier, marking: Marking, at: datetime) -> None:
    before = {"secrecy": dossier.secrecy, "until": dossier.secrecy_until}
    dossier.secrecy, dossier.secrecy_until = marking.secrecy, marking.secrecy_until
    dossier.circle, dossier.changed_at = marking.circle, at
    dossier.save(update_fields=["secrecy", "secrecy_until", "circle", "changed_at"])
    audit.record(
        by,
        "mark.set",
        dossier,
        dossier_id=dossier.pk,
        before=before,
        data={
            "secrecy": marking.secrecy,
            "until": marking.secrecy_until,
            "reason": marking.reason,
        },
    )


# Contacts ----------------------------------------------------------------------------------------


@transaction.atomic
def seal_contact(
    by: User, dossier: Dossier, *, name: str, requested_on: date, reason: str, at: datetime
) -> Seal:
    """Take a contact out of everybody's sight, in every version too; the storage stays (PIPL).

    Raises: Denied, Refused (no such contact, or a draft that touches contacts waits for review).
    """
    require(may_mark(by, dossier.unit_id), _("封存联系人的"))
    dossier = Dossier.objects.select_for_update().get(pk=dossier.pk)
    key = name_key(name)
    if key not in {name_key(row["name"]) for row in queries.contacts_of(dossier)}:
        raise Refused(_("档案中没有这位联系人，可能已封存，请刷新页面。"))
    draft = (
        Draft.objects.filter(unit=dossier.unit_id, dossier=dossier, state__in=PENDING)
        .select_for_update()
        .first()
    )
    if draft is not None and CONTACTS in draft.changes:
        if draft.state == DraftState.SUBMITTED:
            raise Refused(_("有一份改动联系人的草稿正等审核，请先审核或撤回，再封存。"))
        for values in (draft.changes, draft.bases):
            if CONTACTS in values:
                values[CONTACTS] = without_sealed(values[CONTACTS], [key])
        draft.save(update_fields=["changes", "bases"])
    rows = dossier.document[CONTACTS]
    kept = [
        {"place": place, "row": row}
        for place, row in enumerate(rows)
        if name_key(row.get("name")) == key
    ]
    dossier.document = {**dossier.document, CONTACTS: without_sealed(rows, [key])}
    dossier.changed_at = at
    dossier.save(update_fields=["document", "changed_at"])
    made = Seal.objects.create(
        unit_id=dossier.unit_id,
        dossier=dossier,
        name=key,
        kept=kept,
        requested_on=requested_on,
        reason=reason,
        sealed_by=by,
        sealed_at=at,
    )
    audit.record(
        by,
        "contact.sealed",
        made,
        dossier_id=dossier.pk,
        data={"requested_on": requested_on, "rows": len(kept)},
    )
    return made


@transaction.atomic
def ask_unseal(by: User, seal: Seal, *, reason: str, at: datetime) -> Seal:
    """The first of the two who undo a seal. Raises: Denied, Refused."""
    row = _locked(seal)
    require(may_mark(by, row.unit_id), _("解封联系人的"))
    if row.lifted_at is not None or row.lift_at is not None:
        raise Refused(_("已有人提出解封，或已解封，请刷新页面。"))
    row.lift_by, row.lift_at, row.lift_reason = by, at, reason
    row.save(update_fields=["lift_by", "lift_at", "lift_reason"])
    audit.record(by, "contact.unseal_asked", row, dossier_id=row.dossier_id)
    return row


@transaction.atomic
def unseal(by: User, seal: Seal, *, at: datetime) -> Seal:
    """The second: the rows stand in the file again. Raises: Denied, Refused."""
    row = _locked(seal)
    require(may_second(by, row.unit_id), _("同意解封联系人的"))
    if row.lift_at is None or row.lifted_at is not None:
        raise Refused(_("没有待同意的解封，请刷新页面。"))
    if row.lift_by_id == by.pk:
        raise Refused(_("解封须由提出人以外的第二人同意。"))
    row.lifted_by, row.lifted_at = by, at
    row.save(update_fields=["lifted_by", "lifted_at"])
    dossier = Dossier.objects.select_for_update().get(pk=row.dossier_id)
    rows = list(dossier.document.get(CONTACTS) or [])
    dossier.document = {**dossier.document, CONTACTS: _put_back(rows, row.kept, row.name)}
    dossier.changed_at = at
    dossier.save(update_fields=["document", "changed_at"])
    audit.record(by, "contact.unsealed", row, dossier_id=row.dossier_id)
    return row


def _locked(seal: Seal) -> Seal:
    row: Seal = Seal.objects.select_for_update(of=("self",)).get(pk=seal.pk)
    return row


def _put_back(rows: list[Any], kept: list[Mapping[str, Any]], name: str) -> list[Any]:
    """Each kept row where its stand-in is; at the end where somebody took that away."""
    if any(name_key(row.get("name")) == name for row in rows):  # an import wrote it again
        return rows
    for line in kept:
        places = [place for place, row in enumerate(rows) if row == {"name": SEALED}]
        if places:
            nearest = min(places, key=lambda place: abs(place - line["place"]))
            rows[nearest] = line["row"]
        else:
            rows.append(line["row"])
    return rows


def end_reveals(user_ids: Sequence[int], at: datetime) -> int:
    """How many looks were still open: they end with what the account may see, which their
    `rights` stand for. Rows are never changed.
    """
    return Reveal.objects.filter(user__in=user_ids, until__gt=at, refused=False).count()
