"""The words that an act asks for, where its page reads them without a form of its own."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONG = 2000


def words(label: Any, most: int = LONG, *, needed: bool = True) -> forms.CharField:
    """Some words; the action says what they must be."""
    return forms.CharField(label=label, required=needed, max_length=most)


def day(label: Any, *, needed: bool = False) -> forms.DateField:
    """A day."""
    return forms.DateField(label=label, required=needed, input_formats=["%Y-%m-%d"])


class Keys(forms.MultipleChoiceField):
    """Keys of rows, which the act looks up; at most so many."""

    def __init__(self, *, label: Any, most: int) -> None:
        super().__init__(label=label)
        self.most = most

    def valid_value(self, _value: str) -> bool:
        """What names no row is refused by the act."""
        return True


class Reason(forms.Form):
    """Why."""

    reason = words(_("理由"), 500)


class Note(forms.Form):
    """What is remarked, if anything."""

    note = words(_("意见"), 500, needed=False)


class Text(forms.Form):
    """What happened."""

    text = words(_("内容"))
