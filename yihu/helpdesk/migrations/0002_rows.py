"""A report is its person's and ITC's, and nobody else's (§4.2a, 5.5)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import policies

THEIRS = "(reporter_id = (SELECT scope_user()) OR (SELECT scope_holds('itc')))"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("helpdesk", "0001_initial"), ("access", "0003_scope")]
    operations: ClassVar = [
        operation
        for table in ("report", "message", "picture")
        for operation in policies(f"helpdesk_{table}", read=THEIRS, write=THEIRS)
    ]
