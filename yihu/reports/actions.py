"""Printing: what leaves the house on paper says who took it and when; so does the log (§5.5)."""

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import override

from yihu.access.models import User
from yihu.access.policy import holds, require
from yihu.access.rules import Role
from yihu.audit import actions as audit
from yihu.customers.models import Customer
from yihu.disclosure.lens import View
from yihu.disclosure.queries import view_of, views_of
from yihu.dossiers import marks
from yihu.dossiers.actions import in_force
from yihu.dossiers.content import Content, compose
from yihu.dossiers.models import Dossier, FileVersion
from yihu.dossiers.policy import may_take_out
from yihu.dossiers.rules import FileMark, chain_hash, highest
from yihu.exports.rules import Stamp
from yihu.guide.queries import definition_of
from yihu.guide.rules import Definition
from yihu.kit.pdf import typeset
from yihu.reports import group, parts, queries

FOLDER = Path(__file__).parent / "typst"
FILE, CUSTOMER = FOLDER / "file.typ", FOLDER / "customer.typ"
FOOT_MOST = 40
"""Letters of the circle at the foot of a page; the cover has all of it."""


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, what it is called, and how many files are in it."""

    content: bytes
    name: str
    rows: int


@transaction.atomic
@override("zh-hans")
def print_dossier(by: User, dossier: Dossier, *, stamp: Stamp, today: date) -> Printed:
    """The file as it stands today. `dossier`: of `queries.dossiers()`.

    Raises: Denied, Refused (before the first guide).
    """
    require(may_take_out(by, dossier.unit_id), _("打印客户档案的"))
    edition, definition = in_force(today)
    content = compose([dossier], edition, definition)[dossier.pk]
    standing = _("现行内容（截至 %(at)s）") % {"at": f"{localtime(stamp.at):%Y-%m-%d %H:%M}"}
    if dossier.version_number:
        said = _("最近审核为第 %(number)d 版") % {"number": dossier.version_number}
        standing = f"{standing}，{said}"
    data = _data(
        dossier,
        content,
        definition,
        view_of(by, dossier, stamp.at),
        stamp=stamp,
        subtitle=standing,
        more=[],
        history=queries.history_of(dossier),
        through=today,
        whole=False,
    )
    made = typeset(FILE, data)
    audit.record(
        by, "dossier.printed", dossier, dossier_id=dossier.pk, data=_facts(made, stamp, data)
    )
    return Printed(made, _name(dossier, content, "", stamp.at), 1)


@transaction.atomic
@override("zh-hans")
def print_version(by: User, dossier: Dossier, version: FileVersion, *, stamp: Stamp) -> Printed:
    """An approved version, with its digest and chain (§3c). Raises: Denied."""
    require(may_take_out(by, dossier.unit_id), _("打印客户档案的"))
    content = version.content
    definition = definition_of(version.edition)
    whole = chain_hash(content, version.previous_sha256) == version.sha256
    approved = localtime(version.approved_at)
    subtitle = _("第 %(number)d 版，%(at)s 审核通过") % {
        "number": version.number,
        "at": f"{approved:%Y-%m-%d %H:%M}",
    }
    data = _data(
        dossier,
        content,
        definition,
        view_of(by, dossier, stamp.at),
        stamp=stamp,
        subtitle=subtitle,
        more=[
            (_("填报"), version.filled_by.name),
            (_("审核"), version.approved_by.name),
            (_("填报指南"), _("第 %(number)d 版") % {"number": version.edition.number}),
            (
                _("摘要（SHA-256）"),
                f"{version.sha256}（{_('与内容相符') if whole else _('与内容不符')}）",
            ),
            (_("上一版摘要"), version.previous_sha256 or _("无，这是第一版")),
        ],
        history=queries.history_of(dossier, through=version.number),
        through=approved.date(),
        whole=True,
    )
    made = typeset(FILE, data)
    audit.record(
        by,
        "version.printed",
        version,
        dossier_id=dossier.pk,
        data={"number": version.number, **_facts(made, stamp, data)},
    )
    label = _("第%(number)d版") % {"number": version.number}
    return Printed(made, _name(dossier, content, label, stamp.at), 1)


@transaction.atomic
@override("zh-hans")
def print_customer(by: User, customer: Customer, *, stamp: Stamp, today: date) -> Printed:
    """All units' files on one customer, for those who see every unit (§6.3.1).

    Raises: Denied, Refused (before the first guide).
    """
    require(holds(by, Role.SUPERVISOR), _("打印各单位客户档案的"))
    edition, definition = in_force(today)
    files = queries.files_of(customer.pk)
    marks.put(by, files)
    contents = compose(files, edition, definition)
    views = views_of(by, files, stamp.at)
    stated = [
        (file.unit.short_name, views[file.pk].content(contents[file.pk], definition))
        for file in files
    ]
    mark = highest(file.mark for file in files)
    data = {
        **_frame(stamp, rows=len(files)),
        "title": _("客户信息汇总 · %(name)s") % {"name": customer.name},
        "clause": _clause(_("依据 §5.5、6.3.1 · 仅供内部使用，不得复制、转发、外传"), mark),
        "secrecy": str(mark or ""),
        "group": _("各单位客户档案汇总"),
        "name": customer.name,
        "subtitle": _("现行内容（截至 %(at)s）") % {"at": f"{localtime(stamp.at):%Y-%m-%d %H:%M}"},
        "cover": [
            (_("客户名称"), customer.name),
            (_("统一社会信用代码"), customer.credit_code),
            (_("客户分类"), parts.klass_label(customer.klass)),
            (_("建档单位"), _("%(number)d 个") % {"number": len(files)}),
            *[(_("风险备注"), said) for said in [group.risks(files)] if said],
        ],
        "units": group.units(files),
        "series": group.series(stated, today),
        "contracts": group.contracts(stated),
        "compared": group.compared(definition, stated),
        "words": _words()
        | {
            "cover": _("客户信息汇总"),
            "units": _("建档单位"),
            "no_units": _("还没有单位为这位客户建档。"),
            "compared": _("各单位所填对照"),
            "differing": _("各单位所填不一致的栏目在前，以“≠”标出。"),
            "nothing_compared": _("各单位都没有填写。"),
        },
    }
    data = {key: value if key == "qr" else parts.deep(value) for key, value in data.items()}
    made = typeset(CUSTOMER, data)
    audit.record(
        by,
        "customer.printed",
        customer,
        data={"files": len(files), **_facts(made, stamp, data)},
    )
    safe = "".join(letter for letter in customer.name if letter not in '\\/:*?"<>|\n')[:60]
    stem = f"{customer.credit_code}-{parts.printable(safe)}"
    return Printed(made, f"{stem}-{localtime(stamp.at):%Y%m%d}.pdf", len(files))


def _clause(said: str, mark: FileMark | None) -> str:
    """The foot of every page: the clause, and the circle as far as a line holds it (§5.5)."""
    if mark is None:
        return said
    circle = mark.circle if len(mark.circle) <= FOOT_MOST else f"{mark.circle[:FOOT_MOST]}…"
    return _("%(said)s · 知悉范围：%(circle)s") % {"said": said, "circle": circle}


def _data(
    dossier: Dossier,
    content: Content,
    definition: Definition,
    view: View,
    *,
    stamp: Stamp,
    subtitle: str,
    more: list[tuple[str, str]],
    history: Sequence[FileVersion],
    through: date,
    whole: bool,
) -> dict[str, Any]:
    name = content["facts"].get("name_full") or dossier.name_full
    data = {
        **_frame(stamp, rows=1),
        "title": _("客户档案 · %(name)s") % {"name": name},
        "clause": _clause(_("依据 §5.5、6.1.1 · 仅供内部使用，不得复制、转发、外传"), dossier.mark),
        "secrecy": str(dossier.mark),
        "group": content["dossier"].get("unit_name", ""),
        "name": name,
        "subtitle": subtitle,
        "cover": [*parts.cover_of(content, name, dossier.mark), *more],
        "sections": parts.sections_of(content, definition, view, through=through, whole=whole),
        "retired": parts.retired(view.retired(content.get("retired", {}))),
        "history": parts.history(history),
        "words": _words(),
    }
    return {key: value if key == "qr" else parts.deep(value) for key, value in data.items()}


def _frame(stamp: Stamp, *, rows: int) -> dict[str, Any]:
    """Who printed, when, and the trace code: on the cover, across the pages, at their foot."""
    import segno

    svg = io.BytesIO()
    segno.make(stamp.trace, error="m").save(svg, kind="svg", border=0, scale=4, dark="#1d2b36")
    return {
        "mark": stamp.mark,
        "trace_line": _("追溯码 %(trace)s") % {"trace": stamp.trace},
        "qr": svg.getvalue().decode(),
        "printed": [
            (_("打印人"), f"{stamp.name}（{stamp.number}）"),
            (_("打印时间"), stamp.when),
            (_("追溯码"), stamp.trace),
            (_("份数"), _("共 %(rows)d 份档案") % {"rows": rows}),
        ],
    }


def _words() -> dict[str, str]:
    return {
        "cover": _("客户档案"),
        "contents": _("目录"),
        "contracts": _("合同"),
        "no_contracts": _("没有登记合同。"),
        "offtake": _("近 24 个月提气量、价"),
        "no_offtake": _("近 24 个月没有提气记录。"),
        "legend": _("柱为实际提气量，橙线为计划量；空白月份没有记录。"),
        "months": _("分合同逐月明细"),
        "empty": _("这一部分没有内容。"),
        "missing": _("应填未填："),
        "masked": _("已隐去："),
        "retired": _("已停用的栏目（旧版指南内容，只读保留）"),
        "history": _("历次版本"),
        "no_history": _("还没有审核通过的版本。"),
    }


def _facts(made: bytes, stamp: Stamp, data: Mapping[str, Any]) -> dict[str, Any]:
    """What the log keeps of a print: never its content."""
    return {
        "trace": stamp.trace,
        "sha256": hashlib.sha256(made).hexdigest(),
        "bytes": len(made),
        "secrecy": data["secrecy"],
    }


def _name(dossier: Dossier, content: Content, label: str, at: datetime) -> str:
    name = parts.printable(content["facts"].get("name_full") or dossier.name_full)
    safe = "".join(letter for letter in name if letter not in '\\/:*?"<>|\n')[:60]
    stem = "-".join(part for part in (dossier.number, safe, label) if part)
    return f"{stem}-{localtime(at):%Y%m%d}.pdf"
