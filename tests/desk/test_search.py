"""Search: two characters find a file, in every way that people know its customer by."""

import pytest
from django.test import Client

from tests import plant
from yihu.access.models import User
from yihu.access.rules import Role
from yihu.dossiers.models import Dossier
from yihu.dossiers.text import search_text

pytestmark = pytest.mark.django_db
NAME = "广州凯能陶瓷有限公司"


def found(user: User, text: str) -> list[str]:
    client = Client()
    client.force_login(user)
    answer = client.get("/search/live/", {"q": text})
    assert answer.status_code == 200
    return [hit.file.name_full for hit in answer.context["hits"]]


@pytest.fixture
def wanted() -> Dossier:
    gd = plant.unit("GD")
    made = plant.dossier(gd, name=NAME, code=plant.credit_code(90_007))
    given = {
        "name_full": made.name_full,
        "short_name": "凯能股份",
        "former_names": ["穗南砖瓦厂"],
        "credit_code": made.credit_code,
        "number": made.number,
        "pinyin": made.pinyin,
        "initials": made.initials,
    }
    Dossier.objects.filter(pk=made.pk).update(
        short_name="凯能股份", former_names=["穗南砖瓦厂"], search_text=search_text(**given)
    )
    plant.dossier(gd, name="深圳新奥燃气有限公司")
    plant.dossier(plant.unit("FJ", region="350000"), name="福州凯能陶瓷有限公司")
    return made


@pytest.mark.parametrize(
    "text",
    [
        "凯能",
        " 凯能 ",
        "凯能陶瓷",
        "凯能股份",
        "砖瓦",
        "gzkn",
        "GZKN",
        "guangzhoukaineng",
        "91440100000090007",
    ],
)
def test_found_by_names_codes_and_pinyin(wanted: Dossier, text: str) -> None:
    assert found(plant.person(Role.READER, plant.unit("GD")), text) == [NAME]


def test_found_by_its_number(wanted: Dossier) -> None:
    assert found(plant.person(Role.FILLER, plant.unit("GD")), wanted.number) == [NAME]


@pytest.mark.clause("6.3.1")
def test_headquarters_finds_every_units_and_is_told_whose(wanted: Dossier) -> None:
    client = Client()
    client.force_login(plant.person(Role.SUPERVISOR))
    answer = client.get("/search/live/", {"q": "凯能"})
    assert len(answer.context["hits"]) == 2
    assert "FJ" in answer.content.decode()


@pytest.mark.parametrize("text", ["", "凯", "%", "%%", "__", "\\", "凯%能", "没有这个"])
def test_nothing_is_said_so(wanted: Dossier, text: str) -> None:
    client = Client()
    client.force_login(plant.person(Role.READER, plant.unit("GD")))
    for path in ("/search/live/", "/search/"):
        answer = client.get(path, {"q": text})
        assert answer.status_code == 200
        assert list(answer.context["hits"]) == []
        assert NAME not in answer.content.decode()


def test_where_it_matched_is_marked_and_markup_stays_text(wanted: Dossier) -> None:
    Dossier.objects.filter(pk=wanted.pk).update(name_full="<b>凯能</b>", search_text="<b>凯能</b>")
    client = Client()
    client.force_login(plant.person(Role.READER, plant.unit("GD")))
    body = client.get("/search/live/", {"q": "凯能"}).content.decode()
    assert "&lt;b&gt;<mark>凯能</mark>&lt;/b&gt;" in body


def test_a_former_name_tells_itself(wanted: Dossier) -> None:
    client = Client()
    client.force_login(plant.person(Role.READER, plant.unit("GD")))
    assert "又名 穗南砖瓦厂" in client.get("/search/live/", {"q": "砖瓦"}).content.decode()


def test_enter_with_a_single_hit_opens_the_file(wanted: Dossier) -> None:
    client = Client()
    client.force_login(plant.person(Role.FILLER, plant.unit("GD")))
    answer = client.get("/search/", {"q": "凯能", "go": "1"})
    assert (answer.status_code, answer["Location"]) == (302, f"/dossiers/{wanted.pk}/")
    assert client.get("/search/", {"q": "凯能"}).status_code == 200
    assert client.get("/search/", {"q": "有限公司", "go": "1"}).status_code == 200
