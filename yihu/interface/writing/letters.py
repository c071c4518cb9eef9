"""往来函件: registered, corrected, waived, voided (§4.3c)."""

from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yihu.access.models import User
from yihu.access.policy import require
from yihu.access.scope import reach
from yihu.access.tokens.rules import Use
from yihu.disclosure.queries import tells_papers
from yihu.dossiers.models import Dossier
from yihu.interface import parts
from yihu.interface.parts import Part
from yihu.interface.writing.bodies import Body, Given
from yihu.interface.writing.deeds import Call, Deed, Made
from yihu.interface.writing.forms import Reason, words
from yihu.interface.writing.papers import read_later
from yihu.interface.writing.things import Seen, Thing, plain
from yihu.letters import actions, queries
from yihu.letters.choices import Direction
from yihu.letters.forms import LetterForm
from yihu.letters.lens import veil
from yihu.letters.models import Letter
from yihu.letters.policy import may_write
from yihu.papers.choices import Sensitivity


def _file(user: User, pk: UUID) -> Dossier:
    found: Dossier = reach(Dossier.objects.select_related("unit"), user, pk=pk)
    require(may_write(user, found.unit_id), gettext("登记往来函件的"))
    return found


def _shown(user: User, letter: Letter, today: date, at: datetime) -> Seen:
    fresh = queries.one(user, letter.pk)  # its words may give way, in this object alone
    veil(user, [fresh], papers=tells_papers(user, fresh.dossier, at))
    return Seen(fresh)


LETTER = Thing(
    "readLetter",
    queries.one,
    {
        "id": Part(parts.KEY, lambda row: str(row.pk)),
        "dossier": Part(parts.KEY, lambda row: str(row.dossier_id)),
        "direction": Part({"enum": Direction.values}, lambda row: str(row.direction)),
        "register_number": Part(parts.TEXT, lambda row: row.register_number),
        **plain(parts.TEXT, "number", "counterpart", "subject", "waived_reason", "voided_reason"),
        **plain(parts.DAY, "dated_on"),
        **plain(parts.MAYBE_DAY, "reply_due_on"),
        "sensitivity": Part({"enum": Sensitivity.values}, lambda row: str(row.sensitivity)),
        "answers": Part(parts.MAYBE, lambda row: str(row.answers_id) if row.answers_id else None),
        "waived": Part(parts.TRUTH, lambda row: row.waived_at is not None),
        "voided": Part(parts.TRUTH, lambda row: row.voided_at is not None),
    },
    path="letters/<uuid:pk>",
    summary=_("一封往来函件（§4.3c）"),
    verb="letter.read",
    counted=True,
    show=_shown,
)


class Sent(LetterForm):
    """The page's form, with the direction that stands above it on the page."""

    direction = forms.ChoiceField(label=_("收发"), choices=Direction.choices)


def _new(_form: type[forms.Form], given: Given, _user: User, row: Dossier) -> forms.Form:
    said = given.data.get("direction", "")
    direction = said if said in Direction.values else Direction.IN
    return Sent(given.data, given.files, dossier=row, direction=direction)


def _again(_form: type[forms.Form], given: Given, _user: User, row: Letter) -> forms.Form:
    return LetterForm(
        given.data, given.files, dossier=row.dossier, direction=row.direction, letter=row
    )


def _register(call: Call) -> Made:
    made = actions.register(
        call.user, call.row, direction=call.data["direction"], content=call.form.content(),
        at=call.at, today=call.today,
    )  # fmt: skip
    read_later(made.document)
    return Made(made.pk)


def _correct(call: Call) -> Made:
    done = actions.correct(
        call.user, call.row, content=call.form.content(), reason=call.data["reason"], at=call.at,
        today=call.today,
    )  # fmt: skip
    read_later(done.document)
    return Made(call.row.pk)


def _because(act: Callable[..., Any], call: Call) -> Made:
    act(call.user, call.row, reason=call.data["reason"], at=call.at)
    return Made(call.row.pk)


USE = Use.LETTERS
DEEDS = [
    Deed("registerLetter", "dossiers/<uuid:pk>/letters", USE, _("登记函件"), Thing("", _file),
         _register, Body(Sent), LETTER, _new, once=True),
    Deed("correctLetter", "letters/<uuid:pk>/correct", USE, _("更正函件"), LETTER, _correct,
         Body(LetterForm, more={"reason": words(_("更正原因"), 200)}), form=_again, tag=True),
    Deed("waiveLetter", "letters/<uuid:pk>/waive", USE, _("注明函件无需回复"), LETTER,
         partial(_because, actions.waive), Body(Reason)),
    Deed("voidLetter", "letters/<uuid:pk>/void", USE, _("作废函件"), LETTER,
         partial(_because, actions.void), Body(Reason)),
]  # fmt: skip
