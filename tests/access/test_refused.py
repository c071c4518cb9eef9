"""What somebody tried and was not let do stands in the log, though nothing else of it stays."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import plant
from tests.access.door import prove
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.audit.models import Event

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.3.2")]


def entered(user: User) -> Client:
    client = Client()
    client.force_login(user)
    prove(client)
    return client


@pytest.mark.parametrize(
    ("role", "route", "wanted"),
    [
        (Role.FILLER, "accounts", "管理账号的"),
        (Role.AUDITOR, "grants:ask", "申请查询客户档案的"),
        (Role.ITC, "grants:policy", "制定本单位查询权限规定的"),
        (Role.ITC, "resets", "交付重置码的"),
    ],
)
def test_an_act_that_is_not_theirs_is_one_line(role: Role, route: str, wanted: str) -> None:
    user = plant.person(role, plant.unit("GD"))
    answer = entered(user).get(reverse(route))
    assert answer.status_code == 403
    line = Event.objects.get(verb="refused")
    assert (line.actor_id, line.subject_type) == (user.pk, "access.permission")
    assert line.data == {"permission": wanted, "route": route}


def test_a_refused_act_leaves_its_line_and_changes_nothing() -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    client = entered(user)
    address = reverse("account-act", args=[user.username, "suspend"])
    assert client.post(address, {"why": "试试"}).status_code == 403
    assert list(Event.objects.values_list("verb", flat=True).filter(actor_id=user.pk)) == [
        "refused"
    ]
    assert "试试" not in str(Event.objects.get(verb="refused").data)
    assert User.objects.get(pk=user.pk).is_active


def test_the_owner_of_the_permission_leaves_no_refusal() -> None:
    itc = plant.person(Role.ITC)
    assert entered(itc).get(reverse("accounts")).status_code == 200
    assert not Event.objects.filter(verb="refused").exists()
