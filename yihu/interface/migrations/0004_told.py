"""What a list tells of its files is one call, whose plan a connection keeps: to plan it anew, five
tables and their policies, takes longer than to run it for a page.

It runs as whoever asks, so that the rows' policies hold as anywhere. The files come in the order of
their keys; a file whose key is not to be seen by the person is not among them.
"""

from typing import ClassVar

from django.db import migrations

TOLD = """
CREATE FUNCTION interface_dossiers(keys uuid[]) RETURNS TABLE (
    pk uuid, number varchar, name_full varchar, credit_code varchar, klass varchar,
    unit_code varchar, region_code varchar, gas_uses varchar[], filler_name varchar, state varchar,
    opened_on date, soonest date, version_number integer, risk_level integer,
    changed bigint
)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.id, f.number, f.name_full, f.credit_code, f.klass, u.code, f.region_code,
        f.gas_uses::varchar[], s.name, f.state, f.opened_on,
        (SELECT min(d.due_on) FROM duties_duty d
         WHERE d.unit_id = f.unit_id AND d.dossier_id = f.id
            AND d.done_at IS NULL AND d.dropped_at IS NULL AND d.waived_at IS NULL),
        f.version_number::integer,
        (SELECT r.level::integer FROM risks_remark r
         WHERE r.unit_id = f.unit_id AND r.dossier_id = f.id AND r.state <> 'lifted'
         ORDER BY r.level DESC LIMIT 1),
        (extract(epoch FROM f.changed_at) * 1000000)::bigint
    FROM unnest(keys) WITH ORDINALITY AS page (key, place)
    JOIN dossiers_dossier f ON f.id = page.key
    JOIN org_orgunit u ON u.id = f.unit_id
    LEFT JOIN org_staff s ON s.id = f.filler_id
    ORDER BY page.place;
END $$;
"""
UNDO = "DROP FUNCTION interface_dossiers(uuid[]);"


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("interface", "0003_one_look"),
        ("dossiers", "0018_hits_on"),
        ("duties", "0015_closures"),
        ("risks", "0003_rows"),
    ]
    operations: ClassVar = [migrations.RunSQL(TOLD, UNDO)]
