"""Requests are there for their asker, the stewards of the units concerned, and headquarters; files
and links for the asker alone (§5.5)."""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, OWN, policies

ME = "(SELECT scope_user())"
STEWARD = "((SELECT scope_holds('steward')) AND concerns && ((SELECT scope_own())::bigint[]))"
SEEN = f"({EVERYTHING} OR by_id = {ME} OR {STEWARD})"
MINE = f"takeout_id IN (SELECT id FROM exports_takeout WHERE by_id = {ME})"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("exports", "0001_initial"), ("access", "0003_scope")]
    operations: ClassVar = [
        *policies("exports_takeout", read=SEEN, write=SEEN, add=f"({EVERYTHING} OR by_id = {ME})"),
        *policies(
            "exports_takeoutfile",
            read=f"({EVERYTHING} OR {MINE})",
            write=f"({EVERYTHING} OR {MINE})",
        ),
        *policies(
            "exports_link",
            read=f"({EVERYTHING} OR user_id = {ME})",
            write=f"({EVERYTHING} OR user_id = {ME})",
            add=f"({EVERYTHING} OR user_id = {ME} AND {MINE})",
        ),
        *policies(
            "exports_reading",
            read=f"({EVERYTHING} OR user_id = {ME})",
            write=f"({EVERYTHING} OR user_id = {ME})",
        ),
        *policies(
            "exports_alert",
            read=f"({OWN} OR user_id = {ME})",
            write=OWN,
            add=f"({OWN} OR user_id = {ME})",
        ),
    ]
