"""The tables made or brought up to date, as their owner; for the commands that do so."""

import getpass

from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

from yihu.access.entering import keep_key
from yihu.audit.chain import keep_months
from yihu.contracts import months
from yihu.site.database import prepare
from yihu.upkeep.dumping import Failed
from yihu.upkeep.upgrading import Busy, TooLong, Upgraded, upgrade


def migrate() -> None:
    """Make the roles ready, then the tables, as their owner."""
    prepare()
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    know_key()
    keep_months()
    months.keep_months(most=0)  # where there is much to move, by night


def know_key() -> None:
    """Tell the database by which key it knows this program (`access.entering`)."""
    with connections["owner"].cursor() as owner:
        keep_key(owner)


def upgraded(*, stopped: bool = False) -> Upgraded:
    """The same while others work, or `stopped`. Raises: CommandError with a way out."""
    prepare()  # says in words what the roles lack
    try:
        return upgrade(migrate, by=getpass.getuser(), stopped=stopped)
    except (TooLong, Busy, Failed) as why:
        raise CommandError(str(why)) from None
    except DatabaseError as why:
        first = str(why).strip().splitlines()[0]
        raise CommandError(_("迁移没有成功：%(why)s。") % {"why": first}) from None
