"""One more request of a token is one call: no scope of the door is entered to count it.

Whoever holds a token may have it counted, as whoever holds a session's key may read it (access
0005): the table knows the hash alone, and says nothing of others.
"""

from typing import ClassVar

from django.db import migrations

COUNT = r"""
CREATE FUNCTION interface_count(given text, of_minute timestamptz, at timestamptz,
    OUT used integer, OUT token uuid, OUT used_before timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    SELECT t.id, t.used_at INTO token, used_before
    FROM access_apitoken t JOIN access_user u ON u.id = t.user_id AND u.is_active
    WHERE t.sha256 = encode(sha256(convert_to(given, 'UTF8')), 'hex')
        AND t.revoked_at IS NULL AND t.expires_at > at;
    IF token IS NULL THEN
        RETURN;
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO interface_pace AS p (token_id, minute, used) VALUES (token, of_minute, 1)
    ON CONFLICT (token_id) DO UPDATE SET
        used = CASE WHEN p.minute = EXCLUDED.minute THEN p.used + 1 ELSE 1 END,
        minute = EXCLUDED.minute
    RETURNING p.used INTO used;
END $$;
"""
UNDO = "DROP FUNCTION interface_count(text, timestamptz, timestamptz);"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("interface", "0002_rows"), ("access", "0012_directory_group")]
    operations: ClassVar = [migrations.RunSQL(COUNT, UNDO)]
