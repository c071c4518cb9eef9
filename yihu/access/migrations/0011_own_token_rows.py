"""A person's own token enters their scope, for the use that it was issued for (§6.3.4).

Like a session: the database keeps the hash alone, and a seal over hash and person, so that no SQL
of ours makes a token up. The table belongs to the door.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import DOOR, policies

ENTER = r"""
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
    ELSIF kind = 'token' THEN
        SELECT t.user_id INTO person
        FROM access_apitoken t JOIN access_user u ON u.id = t.user_id AND u.is_active
        WHERE t.sha256
              = encode(sha256(convert_to(substr(rest, strpos(rest, ':') + 1), 'UTF8')), 'hex')
          AND split_part(rest, ':', 1) = ANY (t.uses)
          AND t.revoked_at IS NULL AND t.expires_at > now()
          AND t.seal = vault.scope_mac(concat_ws(':', 'token', t.sha256, t.user_id));
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
"""
BEFORE = r"""
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
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0010_own_tokens")]
    operations: ClassVar = [
        *policies("access_apitoken", read=DOOR, write=DOOR),
        migrations.RunSQL(ENTER, BEFORE),
    ]
