"""Making and publishing editions of the guide (§4.1b, 6.1.4).

A draft is changed under its version: who saves on an older one is told, and nothing is
overwritten. `parse` reads every outcome before it is kept.
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime
from importlib.resources import files
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.audit import actions as audit
from yihu.guide import edits, mapping
from yihu.guide.attributes import OF_COLUMNS, OF_FIELDS, Raw, flat, nested
from yihu.guide.carry import Change, How, Rest, read_changes
from yihu.guide.models import Adoption, Edition
from yihu.guide.policy import may_edit_guide
from yihu.guide.problems import Refused, Stale, Unanswered, Unfit
from yihu.guide.rules import CODE, REGION_LIST, BrokenGuide, Definition, lists_of, parse
from yihu.kit.text import line

FIRST_EDITION = "edition-1.toml"
LONGEST_TITLE = 120
MOST_FIELDS = 2000
MOST_CODES = 500
STORED_KEPT = ("code", "type", "unit", "digits", "choices", "long", "refers", "stored", "column")


def read_edition(name: str = FIRST_EDITION) -> dict[str, Any]:
    """The data file: number, title, effective_on (a date), lists, sections."""
    return tomllib.loads(files("yihu.guide").joinpath("data", name).read_text(encoding="utf-8"))


@transaction.atomic
def load_first_edition(by: User | None = None) -> Edition:
    """Publish the edition that a new installation holds; one that is there stays as it is.

    Raises: BrokenGuide.
    """
    content = read_edition()
    standing = Edition.objects.filter(number=content["number"]).first()
    if standing is not None:
        return standing
    definition = {
        "lists": {name: edits.as_pairs(codes) for name, codes in content["lists"].items()},
        "sections": content["sections"],
    }
    parse(definition)
    edition = Edition.objects.create(
        number=content["number"],
        title=content["title"],
        effective_on=content["effective_on"],
        published_at=Now(),
        definition=definition,
    )
    adopt(edition, at=Now())
    audit.record(by, "edition.published", edition, data={"number": edition.number})
    edition.refresh_from_db()
    return edition


def adopt(
    edition: Edition, *, at: datetime | Now, dossiers: int = 0, drafts: int = 0, set_aside: int = 0
) -> Adoption:
    """From now on files are read by the edition; whoever keeps files carries them over first."""
    return Adoption.objects.create(
        edition=edition, at=at, dossiers=dossiers, drafts=drafts, set_aside=set_aside
    )


# Drafts ------------------------------------------------------------------------------------------


@transaction.atomic
def start_draft(by: User, copied: Edition, *, at: datetime, today: date) -> Edition:
    """A draft of the next edition with the content of a published one.

    It follows the last published edition, whose values are to be carried over: where another is
    copied, the mapping has questions. Raises: Denied, Refused where there is a draft already.
    """
    require(may_edit_guide(by), _("编制填报指南的"))
    if copied.published_at is None or Edition.objects.filter(published_at__isnull=True).exists():
        raise Refused(_("已有一份填报指南草稿，请先发布或放弃它。"))
    last = last_published()
    assert last is not None
    highest = Edition.objects.aggregate(highest=Max("number"))["highest"]
    definition = copied.definition
    changes = mapping.settle(parse(last.definition), parse(definition), [])
    draft = Edition.objects.create(
        number=highest + 1,
        title=copied.title,
        effective_on=max(today, last.effective_on),
        definition=definition,
        based_on=last,
        changes=[change.as_json() for change in changes],
        changed_by=by,
        changed_at=at,
    )
    draft.refresh_from_db()
    audit.record(
        by,
        "edition.drafted",
        draft,
        data={"number": draft.number, "copied": copied.number, "follows": last.number},
    )
    return draft


def last_published() -> Edition | None:
    """The edition that takes effect last: the one that the next has to follow."""
    published = Edition.objects.filter(published_at__isnull=False)
    return published.order_by("-effective_on", "-number").first()


@transaction.atomic
def discard_draft(by: User, draft: Edition, *, version: int) -> None:
    """Give the draft up; what it said stays in the log. Raises: Denied, Refused, Stale."""
    fresh = _locked(by, draft, version)
    audit.record(
        by,
        "edition.discarded",
        fresh,
        data={
            "number": fresh.number,
            "title": fresh.title,
            "definition": fresh.definition,
            "changes": fresh.changes,
        },
    )
    fresh.delete()


@transaction.atomic
def call_draft(by: User, draft: Edition, *, version: int, title: str, at: datetime) -> Edition:
    """Another title. Raises: Denied, Refused, Stale, Unfit."""
    fresh = _locked(by, draft, version)
    fresh.title = _title(title)
    return _save(by, fresh, at=at, what={"title": fresh.title})


def _title(text: str) -> str:
    title = line(text)
    if not title or len(title) > LONGEST_TITLE:
        message = _("请填写名称，最多 %(most)d 字。") % {"most": LONGEST_TITLE}
        raise Unfit({"title": message})
    return title


def _locked(by: User, draft: Edition, version: int) -> Edition:
    """The draft as it stands, locked, if nobody has saved it since that version."""
    require(may_edit_guide(by), _("编制填报指南的"))
    fresh = (
        Edition.objects.select_for_update(of=("self",))
        .select_related("changed_by", "based_on")
        .filter(pk=draft.pk, published_at__isnull=True)
        .first()
    )
    if fresh is None:
        raise Refused(_("这份草稿已经发布或放弃，不能再改；请回到填报指南列表。"))
    if fresh.version != version:
        text = _("草稿已由%(who)s于 %(at)s 改动，您的这次保存没有写入。请看过最新内容后再保存。")
        raise Stale(
            text
            % {
                "who": fresh.changed_by.name if fresh.changed_by is not None else "",
                "at": f"{localtime(fresh.changed_at):%m-%d %H:%M:%S}" if fresh.changed_at else "",
            }
        )
    return fresh


def _save(by: User, draft: Edition, *, at: datetime, what: Mapping[str, Any]) -> Edition:
    draft.version += 1
    draft.changed_by, draft.changed_at = by, at
    draft.save()
    audit.record(
        by, "edition.edited", draft, data={"number": draft.number, "version": draft.version, **what}
    )
    return draft


def _change(
    by: User,
    draft: Edition,
    version: int,
    at: datetime,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    *,
    what: Mapping[str, Any],
    changes: Callable[[Definition, Definition, Sequence[Change]], Sequence[Change]] | None = None,
) -> Edition:
    """One step: a new definition that reads as a guide, and a mapping that goes with it.

    `changes` gets the edition followed, the draft before the step, and the mapping so far.
    """
    fresh = _locked(by, draft, version)
    definition = change(fresh.definition)
    before, after = parse(fresh.definition), _readable(definition)
    lines: Sequence[Change] = read_changes(fresh.changes)
    if fresh.based_on is not None:
        old = parse(fresh.based_on.definition)
        if changes is not None:
            lines = changes(old, before, lines)
        fresh.changes = [line.as_json() for line in mapping.settle(old, after, lines)]
    fresh.definition = definition
    return _save(by, fresh, at=at, what=what)


def _readable(definition: Mapping[str, Any]) -> Definition:
    """Raises: Unfit, naming the field by its label and code."""
    try:
        read = parse(definition)
    except BrokenGuide as broken:
        name = broken.field
        found = edits.find(definition, name.partition(".")[0])
        if found is not None:
            name = f"{found[1].get('label') or ''}（{name}）"
        raise Unfit({"": _("“%(name)s”：%(why)s") % {"name": name, "why": broken.why}}) from broken
    if len(read.by_code) > MOST_FIELDS:
        raise Unfit({"": _("一版指南最多 %(most)d 个栏目。") % {"most": MOST_FIELDS}})
    return read


# Fields ------------------------------------------------------------------------------------------


@transaction.atomic
def add_field(
    by: User, draft: Edition, field: Raw, *, section: str, version: int, at: datetime
) -> Edition:
    """A new field at the end of its group. Raises: Denied, Refused, Stale, Unfit."""
    field = _plain(field)
    if field.get("stored"):
        raise Unfit({"stored": _("新栏目只能保存在档案里。")})

    def put(definition: dict[str, Any]) -> dict[str, Any]:
        _known_section(definition, section)
        if edits.find(definition, field["code"]) is not None:
            raise Unfit({"code": _("编码“%(code)s”已被另一栏使用。") % {"code": field["code"]}})
        return edits.put_field(definition, field, section=section)

    return _change(by, draft, version, at, put, what={"added": field["code"], "section": section})


@transaction.atomic
def edit_field(
    by: User,
    draft: Edition,
    code: str,
    field: Raw,
    *,
    section: str,
    version: int,
    at: datetime,
    columns_from: Sequence[str] = (),
    seen: Raw | None = None,
) -> Edition:
    """The field as given, its section and group with it; another code is a rename.

    `columns_from`: for each column of a table the code that it had before, "" for a new one;
    `seen`: the field as the writer had it before their eyes.
    What becomes of values that no longer fit is for `answer` to say. Raises: Denied, Refused,
    Stale, Unfit.
    """
    field = _plain(field)
    after = field["code"]

    def put(definition: dict[str, Any]) -> dict[str, Any]:
        _known_section(definition, section)
        found = edits.find(definition, code)
        if found is None:
            raise Refused(_("草稿里已没有这一栏，可能刚被删除；请刷新页面。"))
        home, old = found
        if seen is not None and old != seen:
            raise Stale(_("这一栏刚被别人改过，您的这次保存没有写入。请对照后再保存。"))
        if after != code and edits.find(definition, after) is not None:
            raise Unfit({"code": _("编码“%(code)s”已被另一栏使用。") % {"code": after}})
        _keep_stored(old, field, moved=home["code"] != section)
        return edits.put_field(definition, field, section=section, instead_of=code)

    def follow(old: Definition, now: Definition, lines: Sequence[Change]) -> Sequence[Change]:
        had = {column.code for column in now[code].columns}
        columns = [column["code"] for column in field.get("columns", ())]
        sources = [*columns_from, *[""] * (len(columns) - len(columns_from))]
        aims = mapping.targets(lines, old, now)
        origin = {aim: source for source, aim in aims.items()}
        gone = had - set(sources)
        for column in gone:
            if source := origin.get(f"{code}.{column}"):
                lines = mapping.put(lines, Change(How.REMOVE, source))
        if after != code:
            lines = mapping.renamed(old, now, lines, code, after)
        for before, column in zip(sources, columns, strict=False):
            source = origin.get(f"{code}.{before}", "")
            lines = [c for c in lines if c.how != How.RENAME or c.source != source or not source]
            if source and source.rpartition(".")[2] != column:
                lines = mapping.put(lines, Change(How.RENAME, source, f"{after}.{column}"))
        return lines

    what = {"edited": code} | ({"renamed": after} if after != code else {})
    return _change(by, draft, version, at, put, what=what, changes=follow)


def _plain(field: Raw) -> Raw:
    """Only what the guide knows, in its order. Raises: Unfit without code and label."""
    known = nested(flat(field))
    columns = [nested(flat(column)) for column in field.get("columns", ())]
    if columns:
        known["columns"] = columns
    wrong = {
        key: _("请填写%(label)s。") % {"label": label}
        for key, label in (("code", _("编码")), ("label", _("名称")))
        if not known.get(key)
    }
    unknown = set(flat(field)) - {one.key for one in OF_FIELDS}
    for column in field.get("columns", ()):
        unknown |= set(flat(column)) - {one.key for one in OF_COLUMNS}
    if unknown:
        text = _("有不认识的设置：%(names)s。")
        wrong[""] = text % {"names": "、".join(sorted(unknown))}
    if not wrong and not CODE.fullmatch(known["code"]):
        wrong["code"] = _("编码只能用小写字母、数字和下划线，以字母开头，最多 60 个。")
    if wrong:
        raise Unfit(wrong)
    return known


def _known_section(definition: Mapping[str, Any], section: str) -> None:
    if section not in {part["code"] for part in definition["sections"]}:
        raise Unfit({"section": _("没有这一部分，请从列表中选择。")})


def _keep_stored(old: Raw, new: Raw, *, moved: bool) -> None:
    """Where a value lives in a table of the platform, the guide only describes it."""
    if old.get("stored", "") != new.get("stored", "") or old.get("column") != new.get("column"):
        raise Unfit({"stored": _("“%(label)s”的存放位置不能改。") % {"label": old["label"]}})
    if not old.get("stored"):
        return
    names = {column["code"] for column in old.get("columns", ())}
    same = all(old.get(key) == new.get(key) for key in STORED_KEPT)
    if not same or names != {column["code"] for column in new.get("columns", ())}:
        text = _("“%(label)s”的值保存在平台的业务表里，编码、类型、单位、代码表和列不能改。")
        raise Unfit({"code": text % {"label": old["label"]}})


@transaction.atomic
def remove_field(by: User, draft: Edition, code: str, *, version: int, at: datetime) -> Edition:
    """Without the field; what was typed in it stays readable. Raises: Denied, Refused, Stale."""

    def drop(definition: dict[str, Any]) -> dict[str, Any]:
        found = edits.find(definition, code)
        if found is None:
            raise Refused(_("草稿里已没有这一栏，可能刚被删除；请刷新页面。"))
        if found[1].get("stored"):
            text = _("“%(label)s”的值保存在平台的业务表里，不能删除；不用填时可改为“选填”。")
            raise Refused(text % {"label": found[1]["label"]})
        return edits.drop_field(definition, code)

    def follow(old: Definition, now: Definition, lines: Sequence[Change]) -> Sequence[Change]:
        source = mapping.source_of(old, now, lines, code)
        return mapping.put(lines, Change(How.REMOVE, source)) if source else lines

    return _change(by, draft, version, at, drop, what={"removed": code}, changes=follow)


@transaction.atomic
def restore_field(by: User, draft: Edition, code: str, *, version: int, at: datetime) -> Edition:
    """A field of the edition followed that the draft no longer has, as it was there.

    Raises: Denied, Refused, Stale, Unfit.
    """
    source = draft.based_on
    found = edits.find(source.definition, code) if source is not None else None
    if source is None or found is None:
        raise Refused(_("上一版里没有这一栏。"))
    section, field = found
    lists = lists_of(source.definition)

    def put(definition: dict[str, Any]) -> dict[str, Any]:
        if edits.find(definition, code) is not None:
            raise Refused(_("草稿里已有编码“%(code)s”的栏目。") % {"code": code})
        for cell in (field, *field.get("columns", ())):
            name = cell.get("choices", REGION_LIST)
            if name != REGION_LIST and name not in lists_of(definition):
                definition = edits.put_list(definition, name, lists[name])
        return edits.put_field(definition, deepcopy(field), section=section["code"])

    def follow(old: Definition, now: Definition, lines: Sequence[Change]) -> Sequence[Change]:
        inside = f"{code}."
        return [c for c in lines if c.source != code and not c.source.startswith(inside)]

    return _change(by, draft, version, at, put, what={"restored": code}, changes=follow)


@transaction.atomic
def move_field(
    by: User, draft: Edition, code: str, *, up: bool, version: int, at: datetime
) -> Edition:
    """One place up or down within its group. Raises: Denied, Refused, Stale."""

    def move(definition: dict[str, Any]) -> dict[str, Any]:
        return edits.move_field(definition, code, up=up)

    return _change(by, draft, version, at, move, what={"moved": code, "up": up})


@transaction.atomic
def move_group(
    by: User, draft: Edition, section: str, group: str, *, up: bool, version: int, at: datetime
) -> Edition:
    """A whole group one place up or down. Raises: Denied, Refused, Stale."""

    def move(definition: dict[str, Any]) -> dict[str, Any]:
        return edits.move_group(definition, section, group, up=up)

    return _change(by, draft, version, at, move, what={"moved": f"{section}/{group}", "up": up})


@transaction.atomic
def call_group(
    by: User, draft: Edition, section: str, group: str, *, name: str, version: int, at: datetime
) -> Edition:
    """Another name for a group. Raises: Denied, Refused, Stale, Unfit."""
    wanted = line(name)
    if not wanted or len(wanted) > 40:
        raise Unfit({"name": _("请填写分组名称，最多 40 字。")})

    def call(definition: dict[str, Any]) -> dict[str, Any]:
        return edits.call_group(definition, section, group, name=wanted)

    return _change(by, draft, version, at, call, what={"group": group, "name": wanted})


# Code lists --------------------------------------------------------------------------------------


@transaction.atomic
def edit_list(
    by: User,
    draft: Edition,
    name: str,
    codes: Sequence[tuple[str, str]],
    *,
    version: int,
    at: datetime,
    recoded: Mapping[str, str] | None = None,
    seen: Sequence[Sequence[str]] | None = None,
) -> Edition:
    """The code list as (code, label) in order; a new one where the name is new.

    `recoded`: for each code that is gone the code its values become, "" to set them aside; it is
    written down for every field that offers the list. Codes that it does not name are asked
    about before publishing. `seen`: the codes as the writer had them before their eyes.
    Raises: Denied, Refused, Stale, Unfit.
    """
    if not CODE.fullmatch(name) or name == REGION_LIST:
        text = _("代码表的名称只能用小写字母、数字和下划线，以字母开头。")
        raise Unfit({"name": text})
    offered = _codes(codes)

    def put(definition: dict[str, Any]) -> dict[str, Any]:
        standing = lists_of(definition).get(name)
        if seen is not None and [list(pair) for pair in (standing or {}).items()] != [
            list(pair) for pair in seen
        ]:
            raise Stale(_("这个代码表刚被别人改过，您的这次保存没有写入。请对照后再保存。"))
        if name in edits.platform_lists(definition) and set(standing or ()) != set(offered):
            text = _("代码表“%(name)s”由平台的业务表使用，只能改名称和顺序，不能增减代码。")
            raise Unfit({"codes": text % {"name": name}})
        return edits.put_list(definition, name, offered)

    def follow(old: Definition, now: Definition, lines: Sequence[Change]) -> Sequence[Change]:
        if not recoded:
            return lines
        for source, aim in mapping.targets(lines, old, now).items():
            before, after = mapping.cells(old)[source], mapping.cells(now)[aim]
            values = {code: to for code, to in recoded.items() if code in (before.choices or {})}
            if after.code_list == name and values:
                lines = _recode(lines, source, aim, values)
        return lines

    return _change(by, draft, version, at, put, what={"list": name}, changes=follow)


def _recode(
    lines: Sequence[Change], source: str, target: str, values: Mapping[str, str]
) -> Sequence[Change]:
    said: dict[str, str] = {}
    for line_ in lines:
        if line_.how == How.RECODE and line_.source == source:
            said |= line_.values
    return mapping.put(lines, Change(How.RECODE, source, target, {**said, **values}))


def _codes(codes: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Raises: Unfit, naming the row."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    if not codes:
        raise Unfit({"codes": _("代码表至少要有一个代码。")})
    if len(codes) > MOST_CODES:
        raise Unfit({"codes": _("一个代码表最多 %(most)d 个代码。") % {"most": MOST_CODES}})
    for row, (code, label) in enumerate(codes, 1):
        code, label = line(code), line(label)
        if not code or not label:
            wrong.append(_("第 %(row)d 行：代码和名称都要填。") % {"row": row})
        elif len(code) > 40 or not code.isascii() or not code.replace("_", "").isalnum():
            text = _("第 %(row)d 行：代码“%(code)s”只能用字母、数字和下划线，最多 40 个。")
            wrong.append(text % {"row": row, "code": code[:40]})
        elif len(label) > 60:
            wrong.append(_("第 %(row)d 行：名称最多 60 字。") % {"row": row})
        elif code in found:
            wrong.append(_("第 %(row)d 行：代码“%(code)s”重复。") % {"row": row, "code": code})
        elif label in found.values():
            wrong.append(_("第 %(row)d 行：名称“%(label)s”重复。") % {"row": row, "label": label})
        found[code] = label
    if wrong:
        raise Unfit({"codes": " ".join(wrong)})
    return found


@transaction.atomic
def remove_list(by: User, draft: Edition, name: str, *, version: int, at: datetime) -> Edition:
    """Without a code list that no field offers. Raises: Denied, Refused, Stale."""

    def drop(definition: dict[str, Any]) -> dict[str, Any]:
        users = edits.users_of(definition, name)
        if users:
            labels = "、".join(dict.fromkeys(field["label"] for field, _column in users))
            text = _("代码表“%(name)s”还有栏目在用：%(fields)s。请先改这些栏目。")
            raise Refused(text % {"name": name, "fields": labels})
        return edits.drop_list(definition, name)

    return _change(by, draft, version, at, drop, what={"list_removed": name})


# The mapping -------------------------------------------------------------------------------------


@transaction.atomic
def answer(
    by: User,
    draft: Edition,
    source: str,
    *,
    kind: mapping.Kind,
    version: int,
    at: datetime,
    target: str = "",
    values: Mapping[str, str] | None = None,
    rest: Rest = Rest.READ,
    factor: str = "1",
) -> Edition:
    """Say what becomes of the values of one old field (or `table.column`).

    Of one that is gone: `target`, the new field that takes them over, or "" to set them aside.
    Retyped: `values` old → new (as stored), `rest` for the others, `factor` for a new unit.
    Recoded: `values` for each lost code, "" to set it aside.
    Raises: Denied, Refused, Stale, Unfit.
    """

    def follow(old: Definition, now: Definition, lines: Sequence[Change]) -> Sequence[Change]:
        open_ = [q for q in mapping.asked(old, now, lines) if q.source == source]
        taken = source not in mapping.targets(lines, old, now)
        if kind == mapping.Kind.GONE and taken and source in mapping.cells(old):
            return _answer_gone(lines, old, now, source, target)
        question = next((q for q in open_ if q.kind == kind), None)
        if question is None or question.new is None:
            raise Refused(_("这一项已不需要衔接，页面内容可能已变；请刷新后再看。"))
        if kind == mapping.Kind.RECODE:
            return _answer_recode(lines, question, values or {})
        return _answer_retype(lines, question, values or {}, rest, factor)

    return _change(
        by, draft, version, at, deepcopy, what={"mapped": source, "how": kind}, changes=follow
    )


def _answer_gone(
    lines: Sequence[Change], old: Definition, now: Definition, source: str, target: str
) -> Sequence[Change]:
    if not target:
        return mapping.put(lines, Change(How.REMOVE, source))
    aims = mapping.targets(lines, old, now)
    table = source.partition(".")[0] if "." in source else ""
    if table:
        target = f"{aims.get(table, table)}.{target.rpartition('.')[2]}"
    if target not in mapping.cells(now) or ("." in target) != bool(table):
        raise Unfit({"target": _("草稿里没有这个栏目，请从列表中选择。")})
    if target in aims.values():
        raise Unfit({"target": _("这个栏目已有自己的原值，不能再接收另一栏的值。")})
    return mapping.put(lines, Change(How.RENAME, source, target))


def _answer_recode(
    lines: Sequence[Change], question: mapping.Question, values: Mapping[str, str]
) -> Sequence[Change]:
    assert question.new is not None
    offered = question.new.choices or {}
    said: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for code, label in question.lost:
        if code not in values:
            wrong[code] = _("请选定“%(label)s”改为什么。") % {"label": label}
        elif values[code] and values[code] not in offered:
            wrong[code] = _("新代码表里没有“%(code)s”。") % {"code": values[code][:40]}
        else:
            said[code] = values[code]
    if wrong:
        raise Unfit(wrong)
    return mapping.put(lines, Change(How.RECODE, question.source, question.target, said))


MOST_VALUES = 500


def _answer_retype(
    lines: Sequence[Change],
    question: mapping.Question,
    values: Mapping[str, str],
    rest: Rest,
    factor: str,
) -> Sequence[Change]:
    assert question.new is not None
    if question.rescaled:
        try:
            mapping.rescale(factor)
        except ValueError:
            text = _("换算系数应是大于 0 的数字，例如 万元改元填 10000。")
            raise Unfit({"factor": text}) from None
    if len(values) > MOST_VALUES:
        raise Unfit({"values": _("对照最多 %(most)d 行。") % {"most": MOST_VALUES}})
    offered = question.new.choices
    for old, new in values.items():
        if new and offered is not None and new not in offered:
            text = _("“%(old)s”对应的“%(new)s”不在新代码表里。")
            raise Unfit({"values": text % {"old": old[:40], "new": new[:40]}})
    return mapping.put(
        lines,
        Change(
            How.RETYPE,
            question.source,
            question.target,
            dict(values),
            rest,
            factor if question.rescaled else "1",
            question.form,
        ),
    )


@transaction.atomic
def replace_content(
    by: User,
    draft: Edition,
    definition: Mapping[str, Any],
    *,
    renames: Mapping[str, str],
    version: int,
    at: datetime,
) -> Edition:
    """A whole definition, as a workbook brings it. `renames`: old code → new, columns dotted.

    Fields of the platform's tables stay; of what else is gone, the mapping asks.
    Raises: Denied, Refused, Stale, Unfit.
    """

    def put(standing: dict[str, Any]) -> dict[str, Any]:
        for section in standing["sections"]:
            for field in section["fields"]:
                found = edits.find(definition, field["code"])
                if found is not None:
                    _keep_stored(field, found[1], moved=False)
                elif field.get("stored"):
                    text = _("表中缺少“%(label)s”（%(code)s）：它的值在平台的业务表里，不能删除。")
                    raise Unfit({"": text % {"label": field["label"], "code": field["code"]}})
        lists, kept = lists_of(definition), lists_of(standing)
        for name in edits.platform_lists(standing):
            if name != REGION_LIST and set(lists.get(name, ())) != set(kept[name]):
                text = _("代码表“%(name)s”由平台的业务表使用，只能改名称和顺序，不能增减代码。")
                raise Unfit({"codes": text % {"name": name}})
        return deepcopy(dict(definition))

    def follow(old: Definition, now: Definition, lines: Sequence[Change]) -> Sequence[Change]:
        known = mapping.cells(old)
        for source, target in renames.items():
            if source not in known:
                text = _("原编码“%(code)s”在上一版里没有。")
                raise Unfit({"": text % {"code": source[:60]}})
            lines = mapping.put(lines, Change(How.RENAME, source, target))
        there = edits.find
        return [
            c
            for c in lines
            if c.how != How.REMOVE
            or there(definition, c.source.partition(".")[0]) is None
            or "." in c.source
        ]

    return _change(by, draft, version, at, put, what={"replaced": True}, changes=follow)


# Publishing --------------------------------------------------------------------------------------


@transaction.atomic
def publish(
    by: User,
    draft: Edition,
    *,
    version: int,
    effective_on: date,
    deadline_on: date,
    at: datetime,
    today: date,
) -> Edition:
    """The draft becomes an edition, immutable, in force from a day on (§4.1b).

    `deadline_on`: until when files are to hold what it newly requires. Slices above hear of
    `edition.published`. Raises: Denied, Refused, Stale, Unfit, Unanswered.
    """
    fresh = _locked(by, draft, version)
    last = last_published()
    wrong: dict[str, str] = {}
    if effective_on < today:
        wrong["effective_on"] = _("生效日不能早于今天。")
    elif last is not None and effective_on <= last.effective_on:
        text = _("生效日应晚于第 %(number)d 版的生效日 %(on)s。")
        wrong["effective_on"] = text % {"number": last.number, "on": last.effective_on}
    if deadline_on < effective_on:
        wrong["deadline_on"] = _("补填截止日不能早于生效日。")
    if wrong:
        raise Unfit(wrong)
    new = _readable(fresh.definition)
    if fresh.based_on is not None:
        old = parse(fresh.based_on.definition)
        lines = mapping.settle(old, new, read_changes(fresh.changes))
        unanswered = mapping.questions(old, new, lines)
        if unanswered:
            labels = list(dict.fromkeys(question.label for question in unanswered))
            text = _("还有 %(count)d 处数据衔接没有写明：%(labels)s。")
            names = "、".join(labels[:5])
            raise Unanswered(text % {"count": len(unanswered), "labels": names}, labels)
        if not lines and fresh.definition == fresh.based_on.definition:
            raise Refused(_("草稿与上一版完全相同，不必发布。"))
        fresh.changes = [line_.as_json() for line_ in lines]
    fresh.effective_on, fresh.deadline_on, fresh.published_at = effective_on, deadline_on, at
    fresh.version += 1
    fresh.changed_by, fresh.changed_at = by, at
    fresh.save()
    audit.record(
        by,
        "edition.published",
        fresh,
        data={
            "number": fresh.number,
            "effective_on": effective_on,
            "deadline_on": deadline_on,
            "follows": fresh.based_on.number if fresh.based_on is not None else None,
        },
    )
    return fresh
