"""Which PostgreSQL, and as whom: the embedded one by peer, or yours by URL.

Two roles: the *owner* owns the tables and migrates; the *application* role serves pages and jobs
and owns nothing. `DATABASES["default"]` is the application's, `DATABASES["owner"]` the owner's.
"""

import os
import re
from pathlib import Path
from typing import Any, cast

import environ
import psycopg
from psycopg import sql

from yihu.kit.postgres import APP, DATABASE, OWNER, Cluster
from yihu.site.home import home, keep, kept, secret

ENGINE = "django.db.backends.postgresql"
OPTIONS = {"options": "-c timezone=Asia/Shanghai -c client_min_messages=warning"}
APP_URL = "app-database-url"
"""The file among the secrets that holds the URL of the role which Yihu made itself."""


def external() -> bool:
    """Whether the environment names a PostgreSQL of its own."""
    return bool(os.environ.get("DATABASE_URL"))


def cluster(of: Path | None = None) -> Cluster:
    """The embedded server of the home folder."""
    return Cluster(of or home())


def databases() -> dict[str, dict[str, Any]]:
    """The two connections, as Django's DATABASES."""
    if external():
        given = os.environ["DATABASE_URL"]
        owner = os.environ.get("DATABASE_OWNER_URL") or given
        app = given if os.environ.get("DATABASE_OWNER_URL") else kept(APP_URL) or given
        return {"default": _from_url(app), "owner": _from_url(owner)}
    socket = str(cluster().socket_folder)
    return {
        alias: {
            "ENGINE": ENGINE,
            "NAME": DATABASE,
            "USER": role,
            "HOST": socket,
            "OPTIONS": dict(OPTIONS),
        }
        for alias, role in (("default", APP), ("owner", OWNER))
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
            _make_app_role(connection, owner)
        app = databases()["default"]["USER"]
        grant(connection, app)


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


def _make_app_role(connection: psycopg.Connection[Any], owner: dict[str, Any]) -> None:
    may = connection.execute(
        "SELECT rolsuper OR rolcreaterole, current_database() FROM pg_roles "
        "WHERE rolname = current_user"
    ).fetchone()
    if may is None or not may[0]:
        raise SystemExit(
            "DATABASE_URL 的角色不能建立应用角色。请另设 DATABASE_OWNER_URL（拥有库表的角色），"
            "并让 DATABASE_URL 指向一个不拥有库表的登录角色。"
        )
    name = f"{re.sub(r'[^a-z0-9_]', '_', may[1].lower())}_app"
    password = secret("app-database-password")
    role = sql.Identifier(name)
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    verb = "ALTER" if exists else "CREATE"
    connection.execute(
        sql.SQL(f"{verb} ROLE {{}} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {{}}").format(
            role, sql.Literal(password)
        )
    )
    host, port = owner.get("HOST") or "", owner.get("PORT") or ""
    if host.startswith("/"):
        place = f"%2F{host[1:].replace('/', '%2F')}"
    else:
        place = f"{host}:{port}" if port else host
    keep(APP_URL, f"postgres://{name}:{password}@{place}/{may[1]}")
