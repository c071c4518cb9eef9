"""What proves a person lies where no person's transaction reads or writes it (T5, T11, T14).

Credentials and roles belong to the door: a scope of its own, entered by a secret that this
program makes, in which there is no customer. Sessions are reached by whoever holds their key, the
queue of jobs by the worker's connections. What stands in `access_user` names people and proves
nobody.
"""

from typing import ClassVar

import django.contrib.postgres.functions
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from yihu.access.rows import DOOR, ENTERED, EVERYTHING, QUEUE, policies

MOVE = """
INSERT INTO access_password (user_id, encoded)
    SELECT id, password FROM access_user WHERE password <> '' AND password NOT LIKE '!%';
UPDATE access_user SET password_usable = true WHERE id IN (SELECT user_id FROM access_password);
SET CONSTRAINTS ALL IMMEDIATE;  -- or the column could not be dropped in this transaction
SET CONSTRAINTS ALL DEFERRED;
"""
MOVE_BACK = """
UPDATE access_user u SET password = p.encoded FROM access_password p WHERE p.user_id = u.id;
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""
FUNCTIONS = r"""
CREATE FUNCTION scope_entered() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT vault.scope_part(1) IS NOT NULL $$;
CREATE FUNCTION scope_door() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(vault.scope_part(1) = '0'
        OR vault.scope_part(1) = '' AND vault.scope_part(2) = 't', false) $$;
CREATE FUNCTION scope_queue() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(current_setting('yihu.worker', true) = vault.scope_mac('worker')
        OR vault.scope_part(1) = '' AND vault.scope_part(2) = 't', false) $$;

CREATE OR REPLACE FUNCTION enter_scope(secret text) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    kind text := split_part(secret, ':', 1);
    rest text := substr(secret, length(kind) + 2);
    person bigint;
    body text := '';
BEGIN
    IF kind = 'session' THEN
        SELECT s.user_id INTO person
        FROM access_session s JOIN access_user u ON u.id = s.user_id AND u.is_active
        WHERE s.key = encode(sha256(convert_to(rest, 'UTF8')), 'hex') AND s.expires_at > now()
          AND s.seal = vault.scope_mac(concat_ws(':', 'session', s.key, s.user_id));
    ELSIF kind = 'user' THEN
        SELECT u.id INTO person FROM access_user u
        WHERE u.is_active AND u.id::text = split_part(rest, ':', 1)
          AND split_part(rest, ':', 2) = vault.scope_mac('user:' || u.id);
    ELSIF kind = 'group' AND rest = vault.scope_mac('group') THEN
        body := '|t|t|||||||||';
    ELSIF kind = 'door' AND rest = vault.scope_mac('door') THEN
        body := '0|f|t|||||||door||';
    END IF;
    IF person IS NOT NULL THEN
        SELECT concat_ws('|', person, CASE WHEN f.everything THEN 't' ELSE 'f' END,
            CASE WHEN f.people THEN 't' ELSE 'f' END, coalesce(f.staff::text, ''),
            array_to_string(f.own, ','), array_to_string(f.units, ','),
            array_to_string(f.whole, ','), array_to_string(f.regions, ','),
            coalesce(f.avoid, ''), array_to_string(f.roles, ','),
            array_to_string(f.opened, ','), array_to_string(f.grants, ','))
        INTO body FROM scope_for(person) AS f;
    END IF;
    IF body <> '' THEN
        body := vault.scope_mac(vault.scope_here() || body) || body;
    END IF;
    PERFORM set_config('yihu.scope', body, true);
    RETURN body;
END $$;

-- A session is there for whoever holds its key, whose hash is all that the table knows.
CREATE FUNCTION session_data(given text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT s.data FROM access_session s
    WHERE s.key = encode(sha256(convert_to(given, 'UTF8')), 'hex') AND s.expires_at > now() $$;
CREATE FUNCTION session_keep(given text, person bigint, given_seal text, content text,
    until timestamptz, fresh boolean) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    known text := encode(sha256(convert_to(given, 'UTF8')), 'hex');
BEGIN
    IF person IS NOT NULL
        AND given_seal IS DISTINCT FROM vault.scope_mac(concat_ws(':', 'session', known, person)) THEN
        RAISE EXCEPTION 'this session bears no seal of ours'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF fresh THEN
        INSERT INTO access_session (key, user_id, seal, data, opened_at, expires_at)
        VALUES (known, person, given_seal, content, now(), until);
        RETURN true;
    END IF;
    UPDATE access_session
    SET user_id = person, seal = given_seal, data = content, expires_at = until
    WHERE key = known;
    RETURN FOUND;
END $$;
CREATE FUNCTION session_end(given text) RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH gone AS (
        DELETE FROM access_session
        WHERE key = encode(sha256(convert_to(given, 'UTF8')), 'hex') RETURNING 1
    )
    SELECT EXISTS (SELECT FROM gone) $$;

-- Anybody's transaction may ask for work, at once and in the common queue, and no more than that:
-- a job that waits till 9999 or in a queue that nobody serves would hold up others of its lock.
CREATE FUNCTION job_asked_plainly() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    IF NOT scope_queue() AND (NEW.queue_name <> 'default' OR NEW.status <> 'todo'
        OR NEW.priority <> 0 OR NEW.lock IS NOT NULL OR NEW.scheduled_at IS NOT NULL) THEN
        RAISE EXCEPTION 'only the worker orders its queue'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER job_asked_plainly BEFORE INSERT ON procrastinate_jobs
    FOR EACH ROW EXECUTE FUNCTION job_asked_plainly();
ALTER FUNCTION procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])
    SECURITY DEFINER SET search_path = pg_catalog, public;

ALTER POLICY access_roleassignment_add ON access_roleassignment WITH CHECK ({door});
ALTER POLICY access_roleassignment_change ON access_roleassignment
    USING ({door}) WITH CHECK ({door});
ALTER POLICY access_roleassignment_remove ON access_roleassignment USING ({door});
""".replace("{door}", DOOR)
ITC = "(SELECT scope_holds('itc'))"
FUNCTIONS_BACK = f"""
ALTER POLICY access_roleassignment_add ON access_roleassignment WITH CHECK ({ITC});
ALTER POLICY access_roleassignment_change ON access_roleassignment USING ({ITC}) WITH CHECK ({ITC});
ALTER POLICY access_roleassignment_remove ON access_roleassignment USING ({ITC});
ALTER FUNCTION procrastinate_defer_jobs_v1(procrastinate_job_to_defer_v1[])
    SECURITY INVOKER RESET search_path;
DROP TRIGGER job_asked_plainly ON procrastinate_jobs;
DROP FUNCTION job_asked_plainly(), session_end(text), session_data(text),
    session_keep(text, bigint, text, text, timestamptz, boolean),
    scope_queue(), scope_door(), scope_entered();
"""
CREDENTIALS = (
    "access_password", "access_pastpassword", "access_passwordreset", "access_secondfactor",
    "access_recoverycode", "access_factorremoval", "access_signintry", "access_session",
)  # fmt: skip
JOBS = ("procrastinate_jobs", "procrastinate_events", "procrastinate_periodic_defers")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("access", "0004_signing"),
        ("procrastinate", "0041_post_retry_failed_job"),
    ]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Password",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("encoded", models.CharField(max_length=128, verbose_name="密码摘要")),
            ],
            options={"verbose_name": "密码", "verbose_name_plural": "密码"},
        ),
        migrations.AddField(
            model_name="user",
            name="password_usable",
            field=models.BooleanField(db_default=False, verbose_name="有本地密码"),
        ),
        migrations.AddField(
            model_name="user",
            name="stamp",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                editable=False,
                verbose_name="密码标记",
            ),
        ),
        migrations.RunSQL(MOVE, MOVE_BACK),
        migrations.AlterField(  # what the column holds when this is undone
            model_name="user",
            name="password",
            field=models.CharField(default="!", max_length=128, verbose_name="password"),
        ),
        migrations.RemoveField(model_name="user", name="password"),
        migrations.RemoveField(model_name="user", name="last_login"),
        migrations.RunSQL(FUNCTIONS, FUNCTIONS_BACK),
        *(
            operation
            for table in CREDENTIALS
            for operation in policies(table, read=DOOR, write=DOOR)
        ),
        *policies("access_user", read=ENTERED, write=DOOR),
        *policies("org_orgunit", read="true", write=EVERYTHING),  # its tree widens a scope
        *(operation for table in JOBS for operation in policies(table, read=QUEUE, write=QUEUE)),
        *policies("procrastinate_workers", read="true", write=QUEUE),
    ]
