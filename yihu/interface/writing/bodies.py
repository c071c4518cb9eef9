"""The body of an operation: JSON as a page's form takes it, and its schema from the same form."""

import re
from base64 import b64decode
from binascii import Error
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from yihu.interface.actions import written_out
from yihu.interface.writing.forms import Keys
from yihu.kit.batch import UNSTORABLE, Figure, Unfit, object_of
from yihu.kit.problem import problem

Schema = dict[str, Any]
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HOUR = re.compile(r"[0-9]{2}:[0-9]{2}")
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
ROWS_MOST = 20
"""Rows that a form takes besides: guests, promises, wishes."""
CHOSEN_MOST = 1000
UNSENT = ("seen", "client_id")
"""What a browser sends of itself; programs send If-Match and Idempotency-Key."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a field may be: its schema, whether a value is such a one, and that as a form has it."""

    says: Schema
    takes: Callable[[Any], bool]
    plain: Callable[[Any], str] = str


def _text(pattern: re.Pattern[str]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def _whole(least: int | None, most: int | None) -> Kind:
    says: Schema = {"type": "integer"}
    says |= {} if least is None else {"minimum": least}
    says |= {} if most is None else {"maximum": most}

    def takes(value: Any) -> bool:
        inside = type(value) is int and len(str(value)) < 19
        return inside and (least is None or value >= least) and (most is None or value <= most)

    return Kind(says, takes)


def _bound(given: Any) -> int | None:
    return None if given is None else int(given)


def _words(one: forms.CharField) -> Kind:
    most, least = one.max_length, 1 if one.required else 0
    says: Schema = {"type": "string"} | ({"minLength": 1} if least else {})
    says |= {} if most is None else {"maxLength": most}

    def takes(value: Any) -> bool:
        fits = isinstance(value, str) and not isinstance(value, Figure)
        return fits and least <= len(value) and (most is None or len(value) <= most)

    return Kind(says, takes)


def _offered(one: forms.ChoiceField) -> list[Any]:
    """What can be chosen, where that is the same for every file; else none."""
    offered: Iterable[tuple[Any, Any]] = one.choices  # type: ignore[assignment]  # pairs here
    return [value for value, _label in offered if value != ""]


def _key(value: Any) -> bool:
    """Of something that is offered for this file; the form says whether it is."""
    return type(value) is str and value != ""


def _choice(one: forms.ChoiceField) -> Kind:
    offered = _offered(one)
    if not offered:
        return Kind({"type": "string", "minLength": 1}, _key)
    kinds = {type(value) for value in offered}
    plain = [str(value) if kinds != {int} else int(value) for value in offered]
    return Kind({"enum": plain}, lambda value: type(value) in (str, int) and value in plain)


def _decimal(value: Any) -> bool:
    if isinstance(value, str) and not isinstance(value, Figure):
        return bool(NUMBER.fullmatch(value)) and len(value) < 40
    return isinstance(value, Figure | int) and not isinstance(value, bool)


FILE: Schema = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "content"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 200},
        "content": {"type": "string", "contentEncoding": "base64"},
    },
}


def _file(value: Any) -> bool:
    if not isinstance(value, dict) or set(value) != {"name", "content"}:
        return False
    name, content = value["name"], value["content"]
    if type(name) is not str or not 0 < len(name) <= 200 or UNSTORABLE.search(name):
        return False
    try:
        return type(content) is str and bool(b64decode(content, validate=True))
    except (Error, ValueError):
        return False


def kind_of(one: forms.Field) -> Kind:
    """The kind of a form's field; of one that takes several, that of each."""
    if isinstance(one, forms.BooleanField):
        return Kind({"type": "boolean"}, lambda value: isinstance(value, bool))
    if isinstance(one, forms.DecimalField):
        says = {"type": ["string", "number"], "pattern": f"^{NUMBER.pattern}$"}
        return Kind(says, _decimal, lambda value: written_out(str(value)))
    if isinstance(one, forms.IntegerField):
        return _whole(_bound(one.min_value), _bound(one.max_value))
    if isinstance(one, forms.DateField):
        return Kind({"type": "string", "format": "date"}, _text(DAY))
    if isinstance(one, forms.TimeField):
        return Kind({"type": "string", "pattern": f"^{HOUR.pattern}$"}, _text(HOUR))
    if isinstance(one, forms.UUIDField | Keys):
        return Kind({"type": "string", "format": "uuid"}, _text(KEY))
    if isinstance(one, forms.ChoiceField):
        return _choice(one)
    if isinstance(one, forms.FileField):
        return Kind(FILE, _file)
    assert isinstance(one, forms.CharField), type(one)
    return _words(one)


@dataclass(frozen=True, slots=True)
class Given:
    """What a form is made of."""

    data: QueryDict
    files: MultiValueDict[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """A form's fields, and by name the forms of the rows that it takes besides.

    `but`: fields that programs do not send; `more`: fields that the form gains as it is made.
    `free`: by name the schema of values that no form reads, handed on as they are.
    """

    form: type[forms.Form]
    rows: Mapping[str, type[forms.Form]] = field(default_factory=dict)
    but: Collection[str] = ()
    more: Mapping[str, forms.Field] = field(default_factory=dict)
    free: Mapping[str, Schema] = field(default_factory=dict)

    def fields(self) -> dict[str, forms.Field]:
        """The fields that can be sent."""
        return {
            name: one
            for name, one in {**self.form.base_fields, **self.more}.items()
            if name not in UNSENT and name not in self.but
        }

    def schema(self) -> Schema:
        """As the description has it."""
        said = _object(self.fields())
        for name, form in self.rows.items():
            said["properties"][name] = {
                "type": "array", "maxItems": ROWS_MOST, "items": _object(form.base_fields),
            }  # fmt: skip
        said["properties"] |= self.free
        said["required"] += list(self.free)
        return said

    def read(self, request: HttpRequest) -> dict[str, Any]:
        """What was sent, each value of its field's kind; null is as if not sent. Raises: Unfit."""
        known = self.fields()
        sent = object_of(request, [*known, *self.rows, *self.free])
        for name, value in sent.items():
            if name in known:
                _check(name, known[name], value)
            elif name in self.rows:
                _check_rows(name, self.rows[name], value)
            else:
                _check_free(name, self.free[name], value)
        missing = [
            name for name, one in known.items() if one.required and sent.get(name) is None
        ] + [name for name in self.free if name not in sent]
        if missing:
            said = _("缺少 %(field)s。") % {"field": "、".join(missing)}
            raise Unfit(problem(422, "missing_field", said, field=missing[0]))
        return {name: value for name, value in sent.items() if value is not None}

    def given(self, sent: Mapping[str, Any]) -> "Given":
        """The same as a browser would have sent it."""
        data = QueryDict(mutable=True)
        files: MultiValueDict[str, Any] = MultiValueDict()
        known = self.fields()
        for name, value in sent.items():
            if isinstance(known.get(name), forms.FileField):
                files[name] = SimpleUploadedFile(value["name"], b64decode(value["content"]))
            elif name in known:
                _put(data, name, known[name], value)
        for name, form in self.rows.items():
            rows = sent.get(name, [])
            data[f"{name}-TOTAL_FORMS"], data[f"{name}-INITIAL_FORMS"] = str(len(rows)), "0"
            for place, row in enumerate(rows):
                for column, value in row.items():
                    if value is not None:
                        _put(data, f"{name}-{place}-{column}", form.base_fields[column], value)
        return Given(data, files)


def _object(fields: Mapping[str, forms.Field]) -> Schema:
    properties = {}
    for name, one in fields.items():
        says = kind_of(one).says
        if isinstance(one, forms.MultipleChoiceField):
            says = {"type": "array", "items": says} | ({"minItems": 1} if one.required else {})
            says |= {"maxItems": one.most} if isinstance(one, Keys) else {}
        properties[name] = {**(says if one.required else _or_null(says)), "description": one.label}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name, one in fields.items() if one.required],
        "properties": properties,
    }


def _or_null(says: Schema) -> Schema:
    if "enum" in says:
        return {**says, "enum": [*says["enum"], None]}
    kinds = says["type"]
    return {**says, "type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}


def _values(one: forms.Field, value: Any) -> Iterator[Any]:
    if not isinstance(one, forms.MultipleChoiceField):
        yield value
        return
    most = one.most if isinstance(one, Keys) else CHOSEN_MOST
    if not isinstance(value, list) or (one.required and not value) or len(value) > most:
        yield None
        return
    yield from value


def _check(name: str, one: forms.Field, value: Any, **where: Any) -> None:
    """Raises: Unfit, naming the field."""
    if value is None and not one.required:
        return
    kind = kind_of(one)
    for single in _values(one, value):
        stored = not (isinstance(single, str) and UNSTORABLE.search(single))
        if single is None or not stored or not kind.takes(single):
            said = _("%(field)s 的类型、长度或取值不对，应为 %(says)s。")
            facts = {"field": name, "says": _brief(kind.says)}
            raise Unfit(problem(422, "bad_value", said % facts, field=name, **where))


def _brief(says: Schema) -> str:
    if "enum" in says:
        return " | ".join(str(one) for one in says["enum"])
    return "，".join(f"{name} {value}" for name, value in says.items())


def _check_rows(name: str, form: type[forms.Form], value: Any) -> None:
    if not isinstance(value, list) or len(value) > ROWS_MOST:
        said = _("%(field)s 应是最多 %(most)d 项的列表。") % {"field": name, "most": ROWS_MOST}
        raise Unfit(problem(422, "bad_value", said, field=name))
    for place, row in enumerate(value, 1):
        if not isinstance(row, dict) or set(row) - set(form.base_fields):
            said = _("%(field)s 第 %(row)d 项应是只有这些字段的对象：%(known)s。")
            facts = {"field": name, "row": place, "known": "、".join(form.base_fields)}
            raise Unfit(problem(422, "bad_value", said % facts, field=name, row=place))
        for column, one in form.base_fields.items():
            if column in row or one.required:
                _check(f"{name}.{column}", one, row.get(column), row=place)


def _check_free(name: str, says: Schema, value: Any) -> None:
    fits = isinstance(value, dict) and bool(value)
    known = says.get("properties")
    if not fits or (known and set(value) != set(known)):
        said = _("%(field)s 应是至少有一项的对象。") % {"field": name}
        if known:
            facts = {"field": name, "known": "、".join(known)}
            said = _("%(field)s 应是恰好有这些字段的对象：%(known)s。") % facts
        raise Unfit(problem(422, "bad_value", said, field=name))


def _put(data: QueryDict, name: str, one: forms.Field, value: Any) -> None:
    if isinstance(one, forms.MultipleChoiceField):
        data.setlist(name, [str(single) for single in value])
    elif not isinstance(one, forms.BooleanField):
        data[name] = kind_of(one).plain(value)
    elif value:
        data[name] = "on"


def problems_of(form: forms.Form) -> list[dict[str, Any]]:
    """Every refused value: field, code, sentence."""
    return [
        {"field": "" if name == "__all__" else name, "code": str(one["code"]) or "invalid",
         "message": str(one["message"])}
        for name, found in form.errors.get_json_data().items()
        for one in found
    ]  # fmt: skip
