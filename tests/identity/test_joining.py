"""Names that look alike, identities joined and parted again, exactly (§5.1, 5.4)."""

from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests import plant
from tests.dossiers.files import approved, complete_dossier, desk, moment
from yihu.access.models import User
from yihu.access.policy import Denied
from yihu.access.rules import Role
from yihu.customers.models import Customer
from yihu.dossiers.models import Dossier
from yihu.dossiers.problems import Refused, Unfit
from yihu.dossiers.verify import verify_versions
from yihu.identity import joining
from yihu.identity.models import Disagreement, Join, LookAlike
from yihu.identity.rules import stem

pytestmark = [pytest.mark.django_db, pytest.mark.clause("5.1")]


@pytest.fixture
def head() -> User:
    return plant.person(Role.SUPERVISOR)


def customers(*names: str) -> list[Customer]:
    unit = plant.unit("GD")
    return [plant.dossier(unit, name=name).customer for name in names]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("广东省佛山市南海燃气有限公司", "南海燃气"),
        ("南海燃气（集团）股份有限公司", "南海燃气"),
        ("ＡＢＣ燃气有限责任公司", "ABC燃气"),
        ("佛山市公司", "佛山市"),
        ("厂", ""),
    ],
)
def test_what_tells_a_name_from_others(name: str, told: str) -> None:
    assert stem(name) == told


def test_similar_names_are_proposed_once_and_never_joined(head: User) -> None:
    one, other, third = customers(
        "佛山市南海恒达燃气有限公司", "南海恒达燃气股份有限公司", "湛江港口发电厂"
    )
    assert joining.find_look_alikes(at=moment()) == 1
    (pair,) = LookAlike.objects.all()
    assert {pair.one_id, pair.other_id} == {one.pk, other.pk}
    assert pair.score == 100
    assert third.pk not in {pair.one_id, pair.other_id}
    assert not Join.objects.exists()
    with pytest.raises(Unfit, match="理由"):
        joining.dismiss(head, pair, reason=" ", at=moment())
    joining.dismiss(head, pair, reason="母子公司", at=moment())
    assert joining.find_look_alikes(at=moment()) == 0
    with pytest.raises(Refused):
        joining.dismiss(head, pair, reason="再来", at=moment())


def test_every_alike_pair_is_found_among_many() -> None:
    names = [
        (UUID(int=at), f"试验{at:04d}号{at * 7919 % 10007:05d}燃气有限公司") for at in range(2000)
    ]
    names += [(UUID(int=5000), "海珠区金瑞达能源有限公司"), (UUID(int=5001), "金瑞达能源公司")]
    found = {(one, other) for one, other, _score in joining.pairs_of(names)}
    assert (UUID(int=5000), UUID(int=5001)) in found
    assert all(one < other for one, other in found)


def test_a_join_moves_the_files_and_its_undoing_is_exact(head: User) -> None:
    gd, fj = desk("GD"), desk("FJ")
    one, other = complete_dossier(gd), complete_dossier(fj)
    both = plant.dossier(gd.unit, code=other.credit_code)  # Guangdong keeps files on both
    approved(gd, one, at_time=moment(2))
    before = {
        row.pk: (row.customer_id, row.credit_code, row.number, row.version_number)
        for row in Dossier.objects.all()
    }
    kept, gone = one.customer, other.customer
    made = joining.join(head, kept, gone, reason="同一营业执照", at=moment(3))
    assert set(Dossier.objects.filter(customer=kept).values_list("pk", flat=True)) == {
        one.pk, other.pk, both.pk,
    }  # fmt: skip
    gone.refresh_from_db()
    assert gone.joined_into == kept
    assert Dossier.objects.get(pk=both.pk).credit_code == gone.credit_code
    assert verify_versions().faults == []
    assert Disagreement.objects.filter(customer=kept, state="open").exists()
    with pytest.raises(Refused, match="已经合并过"):
        joining.join(head, gone, kept, reason="x", at=moment(3))
    joining.undo(head, made, reason="不是同一家", at=moment(4))
    assert before == {
        row.pk: (row.customer_id, row.credit_code, row.number, row.version_number)
        for row in Dossier.objects.all()
    }
    gone.refresh_from_db()
    assert gone.joined_into is None
    assert not Disagreement.objects.filter(customer=kept, state="open").exists()
    with pytest.raises(Refused, match="已经撤销"):
        joining.undo(head, made, reason="x", at=moment(4))


def test_who_and_what_may_not_be_joined(head: User) -> None:
    one, other, third = customers("甲燃气有限公司", "乙燃气有限公司", "丙燃气有限公司")
    with pytest.raises(Denied):
        joining.join(plant.person(Role.ITC), one, other, reason="x", at=moment())
    with pytest.raises(Refused, match="两个不同"):
        joining.join(head, one, one, reason="x", at=moment())
    with pytest.raises(Unfit, match="依据"):
        joining.join(head, one, other, reason="", at=moment())
    joining.join(head, one, other, reason="x", at=moment())
    with pytest.raises(Refused, match="请先撤销"):
        joining.join(head, third, one, reason="x", at=moment())
    with pytest.raises(IntegrityError), transaction.atomic():  # whoever writes it
        Join.objects.create(
            kept=third, gone=other, reason="x", moved=[], joined_by=head, joined_at=moment()
        )


def test_the_pages_from_a_pair_to_an_undone_join(head: User) -> None:
    one, other = customers("佛山市南海恒达燃气有限公司", "南海恒达燃气股份有限公司")
    joining.find_look_alikes(at=moment())
    client = Client()
    client.force_login(head)
    assert one.name in client.get(reverse("identity:alike")).text
    address = reverse("identity:join")
    page = client.get(address, {"kept": str(one.pk), "gone": str(other.pk)}).text
    assert "对两者都有档案" in page
    sent = {"kept": str(one.pk), "gone": str(other.pk), "reason": "同一家"}
    client.post(reverse("identity:join-now"), sent)
    made = Join.objects.get()
    assert other.name in client.get(reverse("identity:joins")).text
    assert other.name not in client.get(reverse("desk:customers")).text
    answer = client.get(reverse("desk:customer", args=[other.pk]))
    assert answer["Location"] == reverse("desk:customer", args=[one.pk])
    client.post(reverse("identity:join-undo", args=[made.pk]), {"reason": "看错了"})
    assert "看错了" in client.get(reverse("identity:joins")).text
    assert client.get(address, {"kept": "x", "gone": "y"}).status_code == 404
    unit = Client()
    unit.force_login(plant.person(Role.STEWARD, plant.unit("GD")))
    for name in ("alike", "join", "joins"):
        assert unit.get(reverse(f"identity:{name}")).status_code == 404, name
    for name in ("alike-find", "join-now"):
        assert unit.post(reverse(f"identity:{name}"), sent).status_code == 404, name


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_ask_the_same_for_any_number_of_rows(head: User, rows: int) -> None:
    for number in range(rows):
        pair = customers(f"试{number}甲", f"试{number}乙")
        ends = sorted(row.pk for row in pair)
        LookAlike.objects.create(
            one_id=ends[0], other_id=ends[1], score=90 + number, found_at=moment()
        )
        joining.join(head, *customers(f"丁{number}", f"戊{number}"), reason="x", at=moment())
    client = Client()
    client.force_login(head)
    for name in ("alike", "joins"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse(f"identity:{name}")).status_code == 200
        asked = [q for q in queries if "SAVEPOINT" not in q["sql"]]
        assert len(asked) == 4, (name, [q["sql"][:90] for q in asked])
