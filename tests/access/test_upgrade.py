"""The statements by which hashes went over to a table of their own, and would come back."""

from importlib import import_module

from django.db import connections

from tests import plant
from yihu.access.entering import for_door
from yihu.access.models import User
from yihu.access.rules import Role

DOOR = import_module("yihu.access.migrations.0005_door")
AS_BEFORE = "ALTER TABLE access_user ADD password varchar(128) NOT NULL DEFAULT '!'"
HASHES = "SELECT username, password FROM access_user"


def test_the_hashes_move_with_their_people_and_come_back(own_database: None) -> None:
    user = plant.person(Role.FILLER, plant.unit("GD"))
    outside = plant.person(Role.READER, plant.unit("GD"))
    with for_door():
        outside.password_usable = False
        outside.save()
    with connections["owner"].cursor() as cursor:
        cursor.execute(AS_BEFORE)
        cursor.execute(DOOR.MOVE_BACK)
        cursor.execute(HASHES)
        before = dict(cursor.fetchall())
        assert before[user.username].startswith("md5$")
        cursor.execute("DELETE FROM access_password")
        cursor.execute("UPDATE access_user SET password_usable = false")
        with for_door():
            assert not User.objects.get(pk=user.pk).check_password(plant.PASSWORD)
        cursor.execute("UPDATE access_user SET password = '!none' WHERE id = %s", [outside.pk])
        cursor.execute(DOOR.MOVE)
    with for_door():
        again = User.objects.get(pk=user.pk)
        assert again.check_password(plant.PASSWORD)
        assert again.has_usable_password()
        assert not again.check_password("wrong")
        assert not User.objects.get(pk=outside.pk).has_usable_password()
