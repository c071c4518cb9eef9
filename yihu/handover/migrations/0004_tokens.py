"""Tokens and their calls are there for the door alone: no person's transaction makes one."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import DOOR, policies


class Migration(migrations.Migration):
    dependencies: ClassVar = [("handover", "0003_rows"), ("access", "0005_door")]
    operations: ClassVar = [
        *policies("handover_token", read=DOOR, write=DOOR),
        *policies("handover_call", read=DOOR, write=DOOR),
    ]
