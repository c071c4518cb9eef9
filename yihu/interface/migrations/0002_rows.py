"""The pace is counted at the door; a person's batches are that person's alone."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import DOOR, EVERYTHING, policies

MINE = f"({EVERYTHING} OR user_id = (SELECT scope_user()))"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("interface", "0001_initial"), ("access", "0003_scope")]
    operations: ClassVar = [
        *policies("interface_pace", read=DOOR, write=DOOR),
        *policies("interface_call", read=MINE, write=MINE),
    ]
