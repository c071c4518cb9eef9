"""Is this installation sound (§4.2a)? Each question has an answer and, if no, a way out."""

import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yihu.access.entering import for_group, known
from yihu.audit.queries import SILENT_SECONDS, last_sent, last_tried, newest_block
from yihu.audit.sinks import sinks
from yihu.kit import clock
from yihu.kit.postgres import KNOWS_CHINESE
from yihu.kit.scoped import replica
from yihu.upkeep.queries import born as first_seal
from yihu.upkeep.queries import newest_copy, newest_trial
from yihu.upkeep.rules import LATE, TRIAL_EVERY

CLOCK_SKEW_SECONDS = 5
WORKER_SILENT_SECONDS = 60


LABELS = {
    "program": gettext_lazy("程序"),
    "database": gettext_lazy("数据库"),
    "roles": gettext_lazy("数据库角色"),
    "chinese": gettext_lazy("中文检索"),
    "migrations": gettext_lazy("库表结构"),
    "scope": gettext_lazy("行级安全"),
    "storage": gettext_lazy("文件存放"),
    "clock": gettext_lazy("时钟"),
    "worker": gettext_lazy("后台任务"),
    "replica": gettext_lazy("只读副本"),
    "log": gettext_lazy("操作日志"),
    "backup": gettext_lazy("备份"),
}
"""What each question is about, as the page says it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the check; `fatal` ones keep `serve` from starting."""

    name: str
    sound: bool
    said: str
    fatal: bool = True

    @property
    def label(self) -> str:
        """What it is about, in words."""
        return str(LABELS[self.name])


def database() -> Answer:
    """The application can reach its database, 15 or later."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int, version()")
            number, version = cursor.fetchone()
    except DatabaseError as reason:
        first = str(reason).strip().splitlines()[0]
        return Answer(
            "database",
            False,
            _("连接不上数据库：%(why)s。请检查 DATABASE_URL 与数据库服务。") % {"why": first},
        )
    if number < 150000:
        return Answer(
            "database",
            False,
            _("数据库版本过低：%(v)s；请使用 PostgreSQL 15 或更高版本。") % {"v": version},
        )
    return Answer("database", True, version.split(" on ")[0])


def roles() -> Answer:
    """The web's role is neither superuser, nor above row security, nor owner of anything."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolbypassrls, rolcreaterole, "
            "EXISTS (SELECT FROM pg_class c "
            "WHERE pg_has_role(current_user, c.relowner, 'MEMBER') AND c.relkind IN ('r', 'p') "
            "AND c.relnamespace::regnamespace::text IN ('public', 'vault')) FROM pg_roles "
            "WHERE rolname = current_user"
        )
        name, superuser, bypass, maker, owner = cursor.fetchone()
    faults = [
        word
        for fault, word in (
            (superuser, _("是超级用户")),
            (bypass, _("可绕过行级安全")),
            (maker, _("可建立角色")),
            (owner, _("拥有库表")),
        )
        if fault
    ]
    if faults:
        return Answer(
            "roles",
            False,
            _(
                "应用角色 %(name)s %(faults)s，拒绝启动。"
                "请让 DATABASE_URL 指向不拥有库表的普通登录角色，"
                "属主角色写在 DATABASE_OWNER_URL，然后运行 yihu init。"
            )
            % {"name": name, "faults": "、".join(faults)},
        )
    return Answer("roles", True, _("应用角色 %(name)s 不拥有任何库表") % {"name": name})


def chinese() -> Answer:
    """The database's character type knows Chinese letters; else text search fails in silence."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'")
        if cursor.fetchone()[0] == 0:
            return Answer("chinese", False, _("缺少扩展 pg_trgm；请运行 yihu init。"))
        cursor.execute(KNOWS_CHINESE)
        if not cursor.fetchone()[0]:
            return Answer(
                "chinese",
                False,
                _(
                    "数据库的字符类型不认识中文（LC_CTYPE 为 C）；"
                    "请以 C.UTF-8 重建数据库后再导入数据。"
                ),
            )
    return Answer("chinese", True, _("中文检索可用"))


def migrations() -> Answer:
    """Every migration is applied."""
    executor = MigrationExecutor(connections["default"])
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Answer(
            "migrations",
            False,
            _("还有 %(n)d 个数据库迁移未执行；请运行 yihu upgrade。") % {"n": len(missing)},
        )
    return Answer("migrations", True, _("数据库结构为最新"))


def scope() -> Answer:
    """The database knows this program's key, so that row security lets it in."""
    if not known():
        return Answer(
            "scope",
            False,
            _("数据库不认识本程序的密钥，行级安全不放行；请以属主角色运行 yihu init。"),
        )
    return Answer("scope", True, _("行级安全已启用，密钥相符"))


def storage() -> Answer:
    """Uploads can be written and reach the disk."""
    try:
        settings.MEDIA_ROOT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.MEDIA_ROOT) as file:
            file.write(b"yihu")
            file.flush()
            os.fsync(file.fileno())
    except OSError as reason:
        return Answer(
            "storage",
            False,
            _("上传目录 %(path)s 不可写（%(why)s）；请检查权限与磁盘空间，或改设 YIHU_HOME。")
            % {"path": settings.MEDIA_ROOT, "why": reason.strerror},
        )
    return Answer("storage", True, _("上传目录 %(path)s 可写") % {"path": settings.MEDIA_ROOT})


def clocks() -> Answer:
    """This machine and the database agree on the time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        skew = abs((datetime.now(UTC) - cursor.fetchone()[0]).total_seconds())
    if skew > CLOCK_SKEW_SECONDS:
        return Answer(
            "clock",
            False,
            _("本机与数据库的时钟相差 %(s).0f 秒；请校准时钟（NTP），否则及时率会算错。")
            % {"s": skew},
        )
    return Answer("clock", True, _("时钟一致"))


def worker() -> Answer:
    """A worker has given a sign of life."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers "
            "WHERE last_heartbeat > now() - make_interval(secs => %s)",
            [WORKER_SILENT_SECONDS],
        )
        alive = cursor.fetchone()[0]
    if not alive:
        return Answer(
            "worker",
            False,
            _("没有后台任务进程在运行；请用 yihu serve 启动，或另行运行 yihu worker。"),
            fatal=False,
        )
    return Answer("worker", True, _("后台任务进程 %(n)d 个") % {"n": alive})


def log() -> Answer:
    """The log is sealed, and its head stands elsewhere."""
    block = newest_block()
    if block is None or clock.now() - block.sealed_at > timedelta(seconds=SILENT_SECONDS):
        return Answer(
            "log",
            False,
            _("操作日志已五分钟没有封存；请查看后台任务进程（yihu worker）是否在运行。"),
            fatal=False,
        )
    for name in sinks():
        sent = last_sent(name)
        if sent is None or clock.now() - sent.at > timedelta(hours=1):
            tried = last_tried(name)
            return Answer(
                "log",
                False,
                _("操作日志的链头已超过一小时没有送到 %(sink)s：%(why)s")
                % {"sink": name, "why": (tried and tried.problem) or _("没有送过。")},
                fatal=False,
            )
    text = _("操作日志已封存到第 %(n)d 块，链头已送出")
    return Answer("log", True, text % {"n": block.number})


def follower() -> Answer:
    """The replica, where one is set, is there and near enough to be read."""
    try:
        with for_group():
            follows, seconds = replica.standing()
    except (OperationalError, InterfaceError) as reason:
        first = str(reason).strip().splitlines()[0]
        text = _("连接不上只读副本：%(why)s；看板和导出改从主库读取。请检查 YIHU_REPLICA_URL。")
        return Answer("replica", False, text % {"why": first}, fatal=False)
    if not follows:
        text = _("YIHU_REPLICA_URL 不是主库的只读副本，或所用角色与应用角色不同；请更正。")
        return Answer("replica", False, text, fatal=False)
    near = seconds <= settings.REPLICA_SECONDS
    text = (
        _("副本落后 %(s).0f 秒，不超过 %(most)d 秒")
        if near
        else _("副本落后 %(s).0f 秒，超过 %(most)d 秒；看板和导出改从主库读取。")
    )
    said = text % {"s": seconds, "most": settings.REPLICA_SECONDS}
    return Answer("replica", near, said, fatal=False)


def backup() -> Answer:
    """A copy was made in time, and the last trial brought one back."""
    sound, said = _backup(clock.now())
    return Answer("backup", sound, said, fatal=False)


def _backup(at: datetime) -> tuple[bool, str]:
    if not settings.BACKUP:
        return True, _("自动备份已关闭（YIHU_BACKUP=false）；请确认由别处备份")
    with for_group():
        made, tried, born = newest_copy(), newest_trial(), first_seal()
    since = born or at
    made_at = made.at if made is not None else since
    if at - made_at > settings.BACKUP_EVERY + LATE:
        when = made.at.astimezone(clock.SHANGHAI) if made is not None else None
        text = _("备份过期：最近一次 %(at)s。请查看 yihu worker 的日志，或运行 yihu backup。")
        return False, text % {"at": f"{when:%Y-%m-%d %H:%M}" if when else _("还没有")}
    if tried is not None and not tried.data["ok"]:
        text = _("恢复演练没有通过（%(why)s）；排除后请运行 yihu backup --try。")
        return False, text % {"why": tried.data["why"].rstrip("。")}
    tried_at = tried.at if tried is not None else since
    if at - tried_at > TRIAL_EVERY + settings.BACKUP_EVERY + LATE:
        return False, _("已超过一周没有做恢复演练；请运行 yihu backup --try。")
    if made is None:
        return True, _("新装，尚无备份；首次自动备份在下一个备份时刻")
    said = _("最近备份 %(at)s，%(files)d 个文件")
    text = said % {
        "at": f"{made.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}",
        "files": made.data["files"],
    }
    if made.data["missing"]:
        return False, text + _("；其中 %(n)d 个所存文件缺失或已变，请运行 yihu verify。") % {
            "n": made.data["missing"]
        }
    if tried is not None:
        text += _("；恢复演练 %(at)s 通过") % {
            "at": f"{tried.at.astimezone(clock.SHANGHAI):%Y-%m-%d}"
        }
    return True, text


QUESTIONS: tuple[Callable[[], Answer], ...] = (
    database, roles, chinese, migrations, scope, storage, clocks, worker, follower, log, backup,
)  # fmt: skip


def answers(*, fatal_only: bool = False) -> Iterator[Answer]:
    """The answers in order; without a database the rest is not asked."""
    for question in QUESTIONS:
        if fatal_only and question in (worker, follower, log, backup):
            continue
        if question is follower and replica.ALIAS not in connections.settings:
            continue
        answer = question()
        yield answer
        if not answer.sound and question is database:
            return
