"""The scope of a transaction: entered once by a secret, sealed, and read by every policy.

`enter_scope(secret)` finds whose secret it is, reckons what the person may see today, and puts
that into a setting that lasts as long as the transaction, with a seal over it, the connection and
the moment at which the transaction began. SQL run as the application can write the setting, yet
not the seal: the key lies in a schema that the role cannot enter. A sealed scope of another
transaction is worth nothing in this one, so it does not matter who is next on a pooled connection.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, OWN, SEEN, policies

FORWARD = r"""
CREATE SCHEMA vault;
CREATE TABLE vault.scope_key (
    id smallint PRIMARY KEY CHECK (id = 1),
    key bytea NOT NULL CHECK (length(key) = 32)
);

CREATE FUNCTION vault.scope_mac(body text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT encode(sha256(k.key || sha256(k.key || convert_to(body, 'UTF8'))), 'hex')
    FROM vault.scope_key k
$$;

CREATE FUNCTION vault.scope_here() RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog AS $$
    SELECT concat_ws(':', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), '')
$$;

CREATE FUNCTION vault.stem(code text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
    SELECT CASE WHEN code LIKE '%0000' THEN left(code, 2)
                WHEN code LIKE '%00' THEN left(code, 4) ELSE code END
$$;

-- What a person's roles open today. own: units in which they hold a role, with those below;
-- units: own and those that opened files to them; whole: where every region is open;
-- regions: elsewhere, 'unit:stem of the region'; opened: by grants, 'unit:section'; grants: each
-- as 'unit/level/sections/stems'; avoid: the code of their unit, which is a
-- customer of others and never reads what others keep on it.
CREATE FUNCTION scope_for(person bigint, OUT everything boolean, OUT people boolean,
    OUT staff uuid, OUT own bigint[], OUT units bigint[], OUT whole bigint[],
    OUT regions text[], OUT avoid text, OUT roles text[], OUT opened text[], OUT grants text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH RECURSIVE held AS (
        SELECT r.role, r.unit_id, r.role IN ('filler', 'reviewer', 'steward', 'custodian') AS full_
        FROM access_roleassignment r JOIN access_user u ON u.id = r.user_id AND u.is_active
        WHERE r.user_id = person
          AND (now() AT TIME ZONE 'Asia/Shanghai')::date
              BETWEEN r.since AND coalesce(r.until, 'infinity')
    ), tree AS (
        SELECT unit_id AS id, bool_or(full_) AS full_ FROM held
        WHERE unit_id IS NOT NULL GROUP BY unit_id
        UNION
        SELECT o.id, t.full_ FROM org_orgunit o JOIN tree t ON o.parent_id = t.id
    ), mine AS (
        SELECT id, bool_or(full_) AS full_ FROM tree GROUP BY id
    ), self AS (
        SELECT s.id, o.id AS unit_id, o.credit_code
        FROM access_user u JOIN org_staff s ON s.id = u.staff_id
        JOIN org_orgunit o ON o.id = s.unit_id WHERE u.id = person
    ), sees_all AS (
        SELECT coalesce(bool_or(role = 'supervisor'), false) AS yes FROM held
    ), code AS (
        SELECT CASE WHEN NOT (SELECT yes FROM sees_all)
            THEN (SELECT credit_code FROM self) END AS avoid
    ), full_ones AS (
        SELECT id FROM mine WHERE full_
          AND ((SELECT avoid FROM code) IS NULL OR id = (SELECT unit_id FROM self))
    )
    SELECT (SELECT yes FROM sees_all),
        EXISTS (SELECT FROM held WHERE role IN ('supervisor', 'itc', 'auditor')),
        (SELECT id FROM self),
        coalesce((SELECT array_agg(id ORDER BY id) FROM mine), '{}'),
        coalesce((SELECT array_agg(id ORDER BY id) FROM mine), '{}'),
        coalesce((SELECT array_agg(id ORDER BY id) FROM full_ones), '{}'),
        coalesce((SELECT array_agg(DISTINCT said ORDER BY said) FROM (
            SELECT m.id || ':' || vault.stem(r.region_code) AS said
            FROM mine m JOIN org_unitregion r ON r.unit_id = m.id
            WHERE NOT m.full_
            UNION ALL
            SELECT m.id || ':' FROM mine m
            WHERE m.full_ AND m.id NOT IN (SELECT id FROM full_ones)
        ) AS part), '{}'),
        (SELECT avoid FROM code),
        coalesce((SELECT array_agg(concat_ws(':', role, unit_id) ORDER BY role, unit_id)
                  FROM held), '{}'),
        '{}'::text[], '{}'::text[]
$$;

CREATE FUNCTION enter_scope(secret text) RETURNS text
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

CREATE FUNCTION vault.scope_part(place integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    sealed text := current_setting('yihu.scope', true);
BEGIN
    IF coalesce(sealed, '') = '' THEN
        RETURN NULL;
    END IF;
    IF left(sealed, 64) IS DISTINCT FROM vault.scope_mac(vault.scope_here() || substr(sealed, 65))
    THEN
        RAISE EXCEPTION 'this scope was not entered by enter_scope in this transaction'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN split_part(substr(sealed, 65), '|', place);
END $$;

CREATE FUNCTION scope_user() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT nullif(vault.scope_part(1), '')::bigint $$;
CREATE FUNCTION scope_everything() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(vault.scope_part(2) = 't', false) $$;
CREATE FUNCTION scope_people() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(vault.scope_part(3) = 't', false) $$;
CREATE FUNCTION scope_staff() RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT nullif(vault.scope_part(4), '')::uuid $$;
CREATE FUNCTION scope_own() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT string_to_array(vault.scope_part(5), ',')::bigint[] $$;
CREATE FUNCTION scope_units() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT string_to_array(vault.scope_part(6), ',')::bigint[] $$;
CREATE FUNCTION scope_whole() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT string_to_array(vault.scope_part(7), ',')::bigint[] $$;
CREATE FUNCTION scope_regions() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT string_to_array(vault.scope_part(8), ',') $$;
CREATE FUNCTION scope_opened() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT string_to_array(vault.scope_part(11), ',') $$;
CREATE FUNCTION scope_avoid() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT nullif(vault.scope_part(9), '') $$;
CREATE FUNCTION scope_narrowed(units integer[]) RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT CASE WHEN scope_everything() THEN units
        WHEN units IS NULL THEN coalesce(scope_units()::integer[], '{}')
        ELSE ARRAY(SELECT unnest(units) INTERSECT SELECT unnest(scope_units()::integer[])) END $$;
CREATE FUNCTION scope_holds(wanted text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce(vault.scope_part(1) = '' OR EXISTS (
        SELECT FROM unnest(string_to_array(vault.scope_part(10), ',')) AS role
        WHERE split_part(role, ':', 1) = wanted), false) $$;
"""
BACKWARD = """
DROP FUNCTION scope_holds(text), scope_narrowed(integer[]), scope_avoid(), scope_opened(), scope_regions(), scope_whole(), scope_units(),
    scope_own(), scope_staff(), scope_people(), scope_everything(), scope_user(),
    enter_scope(text), scope_for(bigint);
DROP SCHEMA vault CASCADE;
"""
PEOPLE = "(SELECT scope_people())"
ITC = "(SELECT scope_holds('itc'))"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("access", "0002_sessions"),
        ("org", "0003_own_code"),
        ("audit", "0003_trace"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *policies(
            "org_staff",
            read=f"{SEEN} OR {PEOPLE} OR id = (SELECT scope_staff())",
            write=f"{OWN} OR {ITC}",
        ),
        *policies("org_personnelevent", read=f"{OWN} OR {PEOPLE}", write=f"{OWN} OR {ITC}"),
        *policies("org_unitregion", read=f"{SEEN} OR {PEOPLE}", write=EVERYTHING),
        *policies(
            "access_roleassignment",
            read=f"{OWN} OR {PEOPLE} OR user_id = (SELECT scope_user())",
            write=ITC,
        ),
        *policies(
            "audit_event",
            read=f"{OWN} OR actor_id = (SELECT scope_user()) OR (SELECT scope_holds('auditor'))",
            write="false",
            add="true",
        ),
    ]
