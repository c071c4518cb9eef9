"""An installation with people in it goes over to hashes of their own table, and back."""

from django.core.management import call_command
from django.db import connection, connections

from tests import plant
from yihu.access.entering import for_door
from yihu.access.models import User
from yihu.access.rules import Role

HASHES = "SELECT username, password FROM access_user ORDER BY id"


def _to(*target: str) -> None:
    connection.close()
    call_command("migrate", *target, database="owner", interactive=False, verbosity=0)


def test_the_hashes_move_with_their_people_and_come_back(own_database: None) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    outside = plant.person(Role.READER, plant.unit("GD"))
    with for_door():
        outside.password_usable = False
        outside.save()
    _to("access", "0004")
    with connections["owner"].cursor() as cursor:
        cursor.execute(HASHES)
        rows = dict(cursor.fetchall())
    assert rows[user.username].startswith("md5$")
    _to()
    with for_door():
        again = User.objects.get(pk=user.pk)
        assert again.check_password(plant.PASSWORD)
        assert again.has_usable_password()
        assert not again.check_password("wrong")
