"""Registering originals, putting them in their place, holding and handing them over (§6.3.3)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.models import User
from yihu.access.policy import require, staff_of
from yihu.audit import actions as audit
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.rules import Secrecy
from yihu.kit.text import line
from yihu.originals.models import Custody, Hold, Loan, Move, Original, Place, Transfer
from yihu.originals.policy import may_keep
from yihu.originals.rules import (
    CLAIMS,
    DEPTH,
    FIRST_YEAR,
    PLACE_CODE,
    SEPARATOR,
    Carrier,
    Kind,
    PlaceKind,
    Retention,
    State,
)
from yihu.papers.models import Document

MOST_PAGES = 100_000
MOST_AT_ONCE = 200
COUNTED = frozenset({"kind", "carrier", "pages", "copies", "year", "retention", "secrecy"})
"""What a correction keeps of before in the log: codes and counts, no words."""


# Places ------------------------------------------------------------------------------------------


@transaction.atomic
def add_place(
    by: User, unit_id: int, *, parent: Place | None, kind: str, code: str, label: str = ""
) -> Place:
    """A room, cabinet, shelf or box; its printed path never changes. Raises: Denied, Unfit."""
    require(may_keep(by, unit_id), _("登记原件的"))
    code = line(code)
    if kind not in PlaceKind.values:
        raise Unfit(_("请选择位置的类型：库房、柜、层或盒。"))
    if not PLACE_CODE.fullmatch(code):
        raise Unfit(_("“代号”最多 12 个字，不能有空格、横线和斜线，例如 A柜、03。"))
    if (parent is None) != (kind == PlaceKind.ROOM):
        raise Unfit(_("库房单独设立，柜、层、盒要设在库房里的某个位置之下。"))
    if parent is not None and DEPTH[PlaceKind(kind)] <= DEPTH[PlaceKind(parent.kind)]:
        words = {"kind": PlaceKind(kind).label, "parent": parent.get_kind_display()}
        raise Unfit(_("%(kind)s不能设在%(parent)s里。") % words)
    path = f"{parent.path}{SEPARATOR}{code}" if parent is not None else code
    if len(path) > 60:
        raise Unfit(_("位置“%(path)s”太长，请把代号取短一些。") % {"path": path})
    if Place.objects.filter(unit=unit_id, path=path).exists():
        raise Refused(_("位置“%(path)s”已经有了。") % {"path": path})
    custody = _custody(unit_id)
    place = Place.objects.create(
        unit_id=unit_id,
        parent=parent,
        kind=kind,
        code=code,
        path=path,
        label=_text(label, _("说明"), 60, empty=True),
        barcode=f"W{_next_number(custody):06d}",
    )
    place.refresh_from_db()
    audit.record(by, "place.added", place, unit_id=unit_id, data={"path": path})
    return place


# Originals ---------------------------------------------------------------------------------------


@transaction.atomic
def register(
    by: User, dossier: Dossier, *, place: Place, at: datetime, today: date, **said: Any
) -> Original:
    """An original into the register and into its place.

    `said`: title, kind, carrier, pages, copies, year, retention, secrecy, contract_number,
    document (a stored scan of the same file, or None), note. Raises: Denied, Unfit.
    """
    require(may_keep(by, dossier.unit_id), _("登记原件的"))
    values = _checked(dossier, said, today=today)
    _of_unit(place, dossier.unit_id)
    custody = _custody(dossier.unit_id)
    keeper = staff_of(by)
    original = Original.objects.create(
        unit_id=dossier.unit_id,
        dossier=dossier,
        barcode=f"{dossier.unit.code}-{_next_number(custody):06d}",
        place=place,
        shelf=place.path,
        custodian=keeper,
        placed_by=keeper,
        placed_at=at,
        search_text=_words(dossier, values),
        **values,
    )
    original.refresh_from_db()
    _moved(original, "", place.path, keeper.name, keeper.name, _("登记入库"), by, at)
    audit.record(
        by,
        "original.registered",
        original,
        unit_id=dossier.unit_id,
        dossier_id=dossier.pk,
        data={"barcode": original.barcode, "place": place.path},
    )
    return original


@transaction.atomic
def correct(by: User, original: Original, *, at: datetime, today: date, **said: Any) -> Original:
    """Other words about an original; the log says which. Raises: Denied, Unfit."""
    require(may_keep(by, original.unit_id), _("登记原件的"))
    fresh = locked(original)
    _still_here(fresh)
    values = _checked(fresh.dossier, said, today=today)
    before = {name: _plain(getattr(fresh, name)) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != _plain(value)}
    if not changed:
        return fresh
    for name, value in changed.items():
        setattr(fresh, name, value)
    fresh.search_text = _words(fresh.dossier, values)
    fresh.changed_at = at
    fresh.save()
    audit.record(
        by,
        "original.corrected",
        fresh,
        dossier_id=fresh.dossier_id,
        before={name: before[name] for name in changed if name in COUNTED},
        data={"fields": sorted(changed)},
    )
    return fresh


@transaction.atomic
def move(by: User, original: Original, *, place: Place, reason: str, at: datetime) -> Original:
    """Into another place, and into the hands of whoever moves it. Raises: Denied, Refused."""
    require(may_keep(by, original.unit_id), _("登记原件的"))
    words = _text(reason, _("原因"), 200)
    fresh = locked(original)
    _still_here(fresh)
    _of_unit(place, fresh.unit_id)
    if fresh.state == State.LENT:
        raise Refused(_("“%(title)s”借出在外，归还后再移库。") % {"title": fresh.title})
    keeper = staff_of(by)
    if fresh.place_id == place.pk and fresh.custodian_id == keeper.pk and not fresh.finding:
        raise Refused(_("“%(title)s”已经在 %(place)s。") % {"title": fresh.title, "place": place})
    before, held = fresh.shelf, fresh.custodian.name
    fresh.place, fresh.shelf, fresh.custodian = place, place.path, keeper
    fresh.placed_by, fresh.placed_at, fresh.finding, fresh.changed_at = keeper, at, "", at
    fresh.save()
    _moved(fresh, before, place.path, held, keeper.name, words, by, at)
    audit.record(
        by,
        "original.moved",
        fresh,
        dossier_id=fresh.dossier_id,
        before={"place": before},
        data={"place": place.path, "reason": words},
    )
    return fresh


@transaction.atomic
def hold(by: User, original: Original, *, reason: str, at: datetime) -> Hold:
    """A reason why the original must stay as it is (dispute, litigation). Raises: Denied."""
    require(may_keep(by, original.unit_id), _("冻结原件的"))
    words = _text(reason, _("冻结原因"), 200)
    fresh = locked(original)
    _still_here(fresh)
    made = Hold.objects.create(
        unit_id=fresh.unit_id, original=fresh, reason=words, placed_by=staff_of(by), placed_at=at
    )
    made.refresh_from_db()
    audit.record(by, "original.held", fresh, dossier_id=fresh.dossier_id, data={"reason": words})
    return made


@transaction.atomic
def release(by: User, standing: Hold, *, reason: str, at: datetime) -> Hold:
    """Lift one hold; others stand. Raises: Denied, Refused."""
    require(may_keep(by, standing.unit_id), _("冻结原件的"))
    words = _text(reason, _("解除原因"), 200)
    fresh: Hold = Hold.objects.select_for_update().get(unit=standing.unit_id, pk=standing.pk)
    if fresh.released_at is not None:
        raise Refused(_("这项冻结已经解除。"))
    fresh.released_by, fresh.released_at, fresh.release_reason = staff_of(by), at, words
    fresh.save()
    audit.record(
        by,
        "original.released",
        fresh.original,
        dossier_id=fresh.original.dossier_id,
        data={"reason": words, "held_for": fresh.reason},
    )
    return fresh


@transaction.atomic
def transfer(
    by: User,
    unit_id: int,
    keys: Sequence[UUID],
    *,
    receiver: str,
    received_by: str,
    witness: str,
    basis: str,
    handed_on: date,
    at: datetime,
    today: date,
) -> Transfer:
    """Hand originals over to the archive department, with three names (§4.3c, 3d).

    All or none. Raises: Denied, Refused (names the first that cannot go), Unfit.
    """
    require(may_keep(by, unit_id), _("移交原件的"))
    said = {
        "receiver": _text(receiver, _("接收单位"), 100),
        "received_by": _text(received_by, _("接收人"), 40),
        "witness": _text(witness, _("监交人"), 40),
        "basis": _text(basis, _("移交依据"), 200),
    }
    if said["witness"] in (said["received_by"], staff_of(by).name):
        raise Unfit(_("监交人应是移交人和接收人之外的第三人。"))
    if handed_on > today:
        raise Unfit(_("移交日期不能晚于今天。"))
    rows = list(
        Original.objects.filter(unit=unit_id, pk__in=keys).order_by("pk").select_for_update()
    )
    if not rows or len(rows) != len(set(keys)):
        raise Refused(_("选中的原件有变，请刷新页面后重选。"))
    if len(rows) > MOST_AT_ONCE:
        raise Unfit(_("一次最多移交 %(most)d 件。") % {"most": MOST_AT_ONCE})
    claimed = set(
        Loan.objects.filter(unit=unit_id, original__in=rows, state__in=CLAIMS).values_list(
            "original", flat=True
        )
    )
    for row in rows:
        if row.state != State.IN_STOCK or row.pk in claimed:
            text = _("“%(title)s”（%(barcode)s）已借出、有人申请借阅或已不在库，不能移交。")
            raise Refused(text % {"title": row.title, "barcode": row.barcode})
    number = f"{at:%Y}-{_next_number(_custody(unit_id)):06d}"
    made = Transfer.objects.create(
        unit_id=unit_id, number=number, handed_by=staff_of(by), handed_on=handed_on, at=at, **said
    )
    made.refresh_from_db()
    Original.objects.filter(unit=unit_id, pk__in=[row.pk for row in rows]).update(
        state=State.TRANSFERRED, transfer=made, changed_at=at
    )
    Move.objects.bulk_create(
        Move(
            unit_id=unit_id,
            original=row,
            from_shelf=row.shelf,
            to_shelf="",
            from_custodian=staff_of(by).name,
            to_custodian=f"{said['receiver']} {said['received_by']}"[:80],
            reason=_("移交：%(number)s") % {"number": number},
            by=staff_of(by),
            at=at,
        )
        for row in rows
    )
    audit.record_many(
        by,
        "original.transferred",
        [audit.Line(row, unit_id, row.dossier_id, {"number": number}) for row in rows],
    )
    return made


# What the other acts use -------------------------------------------------------------------------


def locked(original: Original) -> Original:
    """The original as it stands, locked."""
    fresh: Original = (
        Original.objects.select_related("dossier__unit", "custodian", "place")
        .select_for_update(of=("self",))
        .get(unit=original.unit_id, pk=original.pk)
    )
    return fresh


def _custody(unit_id: int) -> Custody:
    """How the unit keeps its originals, locked; begun where there is none."""
    Custody.objects.bulk_create([Custody(unit_id=unit_id)], ignore_conflicts=True)
    return Custody.objects.select_for_update().get(unit=unit_id)


def _next_number(custody: Custody) -> int:
    """The next of the unit's running numbers, never given twice."""
    Custody.objects.filter(unit=custody.unit_id).update(last_number=F("last_number") + 1)
    custody.refresh_from_db()
    return custody.last_number


def next_number(unit_id: int) -> int:
    """The next of the unit's running numbers, for its lists."""
    return _next_number(_custody(unit_id))


def _moved(
    original: Original,
    before: str,
    after: str,
    held: str,
    holds: str,
    reason: str,
    by: User,
    at: datetime,
) -> None:
    Move.objects.create(
        unit_id=original.unit_id,
        original=original,
        from_shelf=before,
        to_shelf=after,
        from_custodian=held if before else "",
        to_custodian=holds,
        reason=reason,
        by=staff_of(by),
        at=at,
    )


def _still_here(original: Original) -> None:
    if original.state in (State.TRANSFERRED, State.DESTROYED):
        text = _("“%(title)s”已%(state)s，不能再改。")
        raise Refused(text % {"title": original.title, "state": original.get_state_display()})


def _of_unit(place: Place, unit_id: int) -> None:
    if place.unit_id != unit_id:
        raise Unfit(_("请选择本单位的存放位置。"))
    if not place.in_use:
        raise Unfit(_("位置“%(path)s”已停用，请另选。") % {"path": place.path})


def _text(value: Any, label: str, most: int, *, empty: bool = False) -> str:
    text = line(str(value or ""))
    if not text and not empty:
        raise Unfit(_("请填写“%(label)s”。") % {"label": label})
    if len(text) > most:
        words = {"label": label, "most": most, "now": len(text)}
        raise Unfit(_("“%(label)s”最多 %(most)d 字，现有 %(now)d 字。") % words)
    return text


def text_of(value: Any, label: str, most: int, *, empty: bool = False) -> str:
    """One line of text within its length. Raises: Unfit, naming the input."""
    return _text(value, label, most, empty=empty)


def _number(value: Any, label: str, least: int, most: int) -> int:
    text = str(value if value is not None else "").strip()
    if not text.isdecimal() or not text.isascii() or not least <= int(text[:9]) <= most:
        words = {"label": label, "least": least, "most": most}
        raise Unfit(_("“%(label)s”应是 %(least)d 到 %(most)d 的整数。") % words)
    return int(text)


CHOSEN = {
    "kind": (gettext_lazy("种类"), Kind),
    "carrier": (gettext_lazy("载体"), Carrier),
    "retention": (gettext_lazy("保管期限"), Retention),
    "secrecy": (gettext_lazy("密级"), Secrecy),
}


def _checked(dossier: Dossier, said: dict[str, Any], *, today: date) -> dict[str, Any]:
    values: dict[str, Any] = {
        "title": _text(said.get("title"), _("题名"), 200),
        "contract_number": _text(said.get("contract_number"), _("合同编号"), 60, empty=True),
        "note": _text(said.get("note"), _("备注"), 200, empty=True),
        "pages": _number(said.get("pages"), _("页数"), 1, MOST_PAGES),
        "copies": _number(said.get("copies") or 1, _("份数"), 1, 999),
        "year": _number(said.get("year"), _("年度"), FIRST_YEAR, today.year),
    }
    for name, (label, options) in CHOSEN.items():
        values[name] = said.get(name) or ""
        if values[name] not in options.values:
            raise Unfit(_("请从列表中选择“%(label)s”。") % {"label": label})
    document = said.get("document") or None
    if document is not None:
        known = Document.objects.filter(
            unit=dossier.unit_id, dossier=dossier, pk=document, removed_at=None
        )
        if not known.exists():
            raise Unfit(_("扫描件不在这份档案的资料里，请重新选择。"))
    values["document"] = document
    return values


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _words(dossier: Dossier, values: dict[str, Any]) -> str:
    parts = (values["title"], values["contract_number"], values["note"], dossier.name_full)
    return " ".join(part for part in parts if part).lower()


def lock_unit(unit_id: int) -> None:
    """One stocktake or disposal of a unit is begun at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x0A11, unit_id])
