"""The English catalogue: every Chinese text of the pages, collected, and none left untranslated.

`update` collects from Python and templates into django.po; `check` fails on a text that the
catalogue lacks, leaves empty, marks fuzzy, or no longer needs.
"""

import io
import sys
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_javascript, extract_python
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "yihu/locale/en/LC_MESSAGES/django.po"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip


def collect() -> Catalog:
    """Every marked text of the code and the templates."""
    found = Catalog(locale="en", domain="django", project="yihu", charset="utf-8")
    for path in sorted([*ROOT.glob("yihu/**/*.py"), *ROOT.glob("yihu/**/*.html")]):
        name = str(path.relative_to(ROOT))
        text = path.read_text("utf-8")
        method = extract_python
        if path.suffix == ".html":  # what templatize leaves is calls amid noise: no valid Python
            text, method = templatize(text, origin=name), extract_javascript
        source = io.BytesIO(text.encode())
        for _line, message, comments, context in extract(method, source, KEYWORDS):
            found.add(message, context=context, locations=[(name, 0)], auto_comments=comments)
    return found


def known() -> Catalog:
    """The catalogue as it stands."""
    with PO.open("rb") as file:
        return read_po(file, locale="en", domain="django")


def update() -> int:
    """Add what is new, drop what is gone, keep every translation."""
    catalogue = known() if PO.exists() else Catalog(locale="en", domain="django")
    catalogue.update(collect(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.header_comment = "# Yihu in English."
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        write_po(file, catalogue, sort_output=True, no_location=True, width=100, omit_header=False)
    return 0


def check() -> int:
    """Print each gap; 1 where there is one."""
    has = {(m.id, m.context): m for m in known() if m.id}
    wanted = {(m.id, m.context) for m in collect() if m.id}
    gaps = [f"missing: {key[0]}" for key in wanted - has.keys()]
    gaps += [f"no longer used: {key[0]}" for key in has.keys() - wanted]
    for key in wanted & has.keys():
        strings = has[key].string
        each = strings if isinstance(strings, (list, tuple)) else (strings,)
        if not all(each) or has[key].fuzzy:
            gaps.append(f"untranslated: {key[0]}")
    sys.stdout.write("".join(f"{gap}\n" for gap in sorted(map(str, gaps))))
    return 1 if gaps else 0


if __name__ == "__main__":
    settings.configure()
    django.setup()
    sys.exit({"update": update, "check": check}[sys.argv[1]]())
