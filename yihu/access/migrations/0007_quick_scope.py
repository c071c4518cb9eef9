"""What every policy asks, for less: the same seal, checked in one place without further calls.

The functions were SQL around PL/pgSQL around SQL, each level planned and each with a search path
of its own. Now they are two levels whose plans the connection keeps. They answer the same.
"""

from typing import ClassVar

from django.db import migrations

PART = """
CREATE OR REPLACE FUNCTION vault.scope_part(place integer) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog AS $$
DECLARE
    sealed text := current_setting('yihu.scope', true);
    body text := substr(sealed, 65);
    key bytea;
BEGIN
    IF coalesce(sealed, '') = '' THEN
        RETURN NULL;
    END IF;
    SELECT k.key INTO key FROM vault.scope_key k;
    IF left(sealed, 64) IS DISTINCT FROM encode(sha256(key || sha256(key || convert_to(
        concat_ws(':', pg_backend_pid(), extract(epoch FROM transaction_timestamp()), body),
        'UTF8'))), 'hex')
    THEN
        RAISE EXCEPTION 'this scope was not entered by enter_scope in this transaction'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN split_part(body, '|', place);
END $$;
"""
ANSWERS = {
    "user() RETURNS bigint": "nullif(vault.scope_part(1), '')::bigint",
    "everything() RETURNS boolean": "coalesce(vault.scope_part(2) = 't', false)",
    "people() RETURNS boolean": "coalesce(vault.scope_part(3) = 't', false)",
    "staff() RETURNS uuid": "nullif(vault.scope_part(4), '')::uuid",
    "own() RETURNS bigint[]": "string_to_array(vault.scope_part(5), ',')::bigint[]",
    "units() RETURNS bigint[]": "string_to_array(vault.scope_part(6), ',')::bigint[]",
    "whole() RETURNS bigint[]": "string_to_array(vault.scope_part(7), ',')::bigint[]",
    "regions() RETURNS text[]": "string_to_array(vault.scope_part(8), ',')",
    "avoid() RETURNS text": "nullif(vault.scope_part(9), '')",
    "opened() RETURNS text[]": "string_to_array(vault.scope_part(11), ',')",
}
PARTIAL = """
-- Units of which the person reads some files only: their own, and those that opened the section.
CREATE FUNCTION vault.scope_partial(section text) RETURNS bigint[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public AS $$
BEGIN
    RETURN ARRAY(
        SELECT unnest(scope_own())
        UNION
        SELECT split_part(said, ':', 1)::bigint FROM unnest(scope_opened()) AS said
        WHERE split_part(said, ':', 2) = section
        EXCEPT
        SELECT unnest(scope_whole()));
END $$;
"""
BEFORE = """
DROP FUNCTION vault.scope_partial(text);
CREATE OR REPLACE FUNCTION vault.scope_part(place integer) RETURNS text
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
"""


def answers(language: str, body: str) -> str:
    """The functions that policies ask, written in that language."""
    return "".join(
        f"CREATE OR REPLACE FUNCTION scope_{signature} LANGUAGE {language} STABLE"
        f" SECURITY DEFINER SET search_path = pg_catalog AS $$ {body.format(answer)} $$;"
        for signature, answer in ANSWERS.items()
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("access", "0006_halves")]
    operations: ClassVar = [
        migrations.RunSQL(
            PART + answers("plpgsql", "BEGIN RETURN {}; END") + PARTIAL,
            BEFORE + answers("sql", "SELECT {}"),
        ),
    ]
