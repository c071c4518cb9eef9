"""Which PostgreSQL, and as whom: the embedded one by peer, or yours by URL.

Two roles: the *owner* owns the tables and migrates; the *application* role serves pages and jobs
and owns nothing. `DATABASES["default"]` is the application's, `DATABASES["owner"]` the owner's.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote, urlsplit

import environ
import psycopg
from psycopg import sql

from yihu.kit.postgres import APP, DATABASE, KNOWS_CHINESE, OWNER, PORT, Cluster
from yihu.site.home import home, kept, secret

ENGINE = "django.db.backends.postgresql"
SCOPED = "yihu.kit.scoped"
"""The application's engine: each of its transactions begins as somebody's."""
OPTIONS = {"options": "-c timezone=Asia/Shanghai -c client_min_messages=warning"}
REPLICA_OPTIONS = {
    "connect_timeout": 2,
    "options": f"{OPTIONS['options']} -c default_transaction_read_only=on",
}
REUSE_SECONDS = 600
"""How long a thread of the web server keeps its connection: opening one costs 3 ms a request."""


def external() -> bool:
    """Whether the environment names a PostgreSQL of its own."""
    return bool(os.environ.get("DATABASE_URL"))


def cluster(of: Path | None = None) -> Cluster:
    """The embedded server of the home folder."""
    return Cluster(of or home())


def databases() -> dict[str, dict[str, Any]]:
    """The connections, as Django's DATABASES: of the application, the owner, and to a replica."""
    return _primary() | _replica()


def _replica() -> dict[str, dict[str, Any]]:
    """Where boards and exports may be read, as the application's role; nowhere by default."""
    url = os.environ.get("YIHU_REPLICA_URL")
    if not url:
        return {}
    found = _reused(_from_url(url))
    return {"replica": {**found, "OPTIONS": {**found["OPTIONS"], **REPLICA_OPTIONS}}}


def _primary() -> dict[str, dict[str, Any]]:
    if external():
        given = os.environ["DATABASE_URL"]
        owner = os.environ.get("DATABASE_OWNER_URL")
        app = given if owner else _app_url(given) or given
        return {"default": _reused(_from_url(app)), "owner": _from_url(owner or given)}
    socket = str(cluster().socket_folder)
    app_settings, owner_settings = (
        {
            "ENGINE": ENGINE,
            "NAME": DATABASE,
            "USER": role,
            "HOST": socket,
            "PORT": PORT,
            "OPTIONS": dict(OPTIONS),
        }
        for role in (APP, OWNER)
    )
    return {"default": _reused(app_settings), "owner": owner_settings}


def _reused(settings: dict[str, Any]) -> dict[str, Any]:
    return {
        **settings,
        "ENGINE": SCOPED,
        "CONN_MAX_AGE": REUSE_SECONDS,
        "CONN_HEALTH_CHECKS": True,
    }


def _from_url(url: str) -> dict[str, Any]:
    parsed = cast(dict[str, Any], environ.Env.db_url_config(url))
    if "postgresql" not in parsed["ENGINE"]:
        raise SystemExit(
            "DATABASE_URL 必须指向 PostgreSQL，例如 postgres://用户:密码@主机:5432/库。"
        )
    parsed["OPTIONS"] = {**parsed.get("OPTIONS", {}), **OPTIONS}
    return parsed


def _connect(settings: dict[str, Any]) -> psycopg.Connection[Any]:
    names = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    given = {to: settings[key] for key, to in names.items() if settings.get(key)}
    if settings.get("PORT"):
        given["port"] = settings["PORT"]
    extra = {key: value for key, value in settings["OPTIONS"].items() if key != "pool"}
    return psycopg.connect(**given, **extra, autocommit=True)


def prepare() -> None:
    """Before the first migration: the application's role, and what it may do with new tables.

    With a `DATABASE_URL` alone whose role may create roles, the application's role is made here
    and its password kept among the secrets. Idempotent.
    """
    owner = databases()["owner"]
    with _connect(owner) as connection:
        if external() and not os.environ.get("DATABASE_OWNER_URL"):
            _make_app_role(connection)
        _require_create(connection)
        _require_chinese(connection)
        app = databases()["default"]["USER"]
        if app != owner["USER"]:
            grant(connection, app)


def _require_create(connection: psycopg.Connection[Any]) -> None:
    may = connection.execute(
        "SELECT current_user, current_database(), has_database_privilege(current_database(), "
        "'CREATE') AND has_schema_privilege('public', 'CREATE')"
    ).fetchone()
    if may is not None and not may[2]:
        raise SystemExit(
            f"角色 {may[0]} 不能在库 {may[1]} 里建表。请让它拥有该库："
            f'ALTER DATABASE "{may[1]}" OWNER TO "{may[0]}"，再运行 yihu init。'
        )


def _require_chinese(connection: psycopg.Connection[Any]) -> None:
    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    known = connection.execute(KNOWS_CHINESE).fetchone()
    if known is not None and not known[0]:
        raise SystemExit(
            "数据库的字符类型不认识中文（LC_CTYPE 为 C），文本检索会悄悄落空。"
            "请以 C.UTF-8 重建数据库，再运行 yihu init。"
        )


def grant(connection: psycopg.Connection[Any], app: str) -> None:
    """Tables and sequences that the owner will make are the application's to use, not to own."""
    role = sql.Identifier(app)
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public "
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
    ):
        connection.execute(sql.SQL(statement).format(role))


def _app_role(url: str) -> tuple[str, str]:
    """The role that Yihu makes for itself on that server, and where its password is kept."""
    parts = urlsplit(url)
    role = re.sub(r"[^a-z0-9_]", "_", parts.path.strip("/").lower())[:50] + "_app"
    place = f"{parts.netloc.rpartition('@')[2]}/{parts.path.strip('/')}"
    digest = hashlib.sha256(place.encode()).hexdigest()[:12]
    return role, f"{role}-password-{digest}"  # another server, another password


def _app_url(url: str) -> str | None:
    """The same database as the role that Yihu made there, if it did."""
    role, file = _app_role(url)
    password = kept(file)
    if password is None:
        return None
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(role)}:{quote(password)}@{place}").geturl()


def _make_app_role(connection: psycopg.Connection[Any]) -> None:
    may = connection.execute(
        "SELECT rolsuper OR rolcreaterole, current_database() FROM pg_roles "
        "WHERE rolname = current_user"
    ).fetchone()
    if may is None or not may[0]:
        raise SystemExit(
            "DATABASE_URL 的角色不能建立应用角色。请另设 DATABASE_OWNER_URL（拥有库表的角色），"
            "并让 DATABASE_URL 指向一个不拥有库表的登录角色。"
        )
    name, file = _app_role(os.environ["DATABASE_URL"])
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if known and kept(file):
        return
    role = sql.Identifier(name)
    verb = sql.SQL("ALTER" if known else "CREATE")
    connection.execute(
        sql.SQL("{} ROLE {} LOGIN NOINHERIT PASSWORD {}").format(
            verb, role, sql.Literal(secret(file))
        )
    )
    connection.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(sql.Identifier(may[1]), role)
    )
