"""Documents as a person reads them: what is secret is there, and not what it is (§5.5).

The keepers of a unit's files read all of them. Whoever else registers documents there knows what
they are called. Everybody else sees of a core secret or personal one its kind, its level and its
day, until a reveal of the file's papers that says why (disclosure).
"""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from yihu.access.models import User
from yihu.disclosure.policy import keeps
from yihu.disclosure.queries import tells_papers
from yihu.papers.choices import MASKED
from yihu.papers.models import Document
from yihu.papers.policy import may_keep


def told(user: User, document: Document, at: datetime) -> bool:
    """Whether pages, text and file of the document are for the person now."""
    return document.level not in MASKED or tells_papers(user, document.dossier, at)


def veil(user: User, documents: Iterable[Document], *, papers: bool = False) -> None:
    """Names of secret documents give way to words that say so, in these objects alone.

    `papers`: the papers of their file are shown to the person. Each gains `told`: whether its
    pages are. Never to be saved after.
    """
    for document in documents:
        hidden = document.level in MASKED and not papers and not keeps(user, document.unit_id)
        document.told = not hidden  # type: ignore[attr-defined]  # for the page
        if hidden and not may_keep(user, document.unit_id):
            document.title = _("%(kind)s（已隐去）") % {"kind": document.get_kind_display()}
            document.file_name = document.text = ""
