"""The directory is there for the door; what groups give is read where it concerns somebody."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import DOOR, OWN, policies

ITC = "(SELECT scope_holds('itc'))"
AT_THE_DOOR = ("scimtoken", "entry", "group", "member")


class Migration(migrations.Migration):
    dependencies: ClassVar = [("directory", "0001_initial"), ("access", "0005_door")]
    operations: ClassVar = [
        *(
            operation
            for name in AT_THE_DOOR
            for operation in policies(f"directory_{name}", read=DOOR, write=DOOR)
        ),
        *policies("directory_mapping", read=f"{OWN} OR {ITC} OR {DOOR}", write=DOOR),
    ]
