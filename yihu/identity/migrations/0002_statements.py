"""How statements are compared, in one place; offers hang on their own unit's rows only."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
ALTER TABLE identity_offer ADD CONSTRAINT offer_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE identity_offer ADD CONSTRAINT offer_decided_by_fk
    FOREIGN KEY (unit_id, decided_by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE FUNCTION registry_normal(said jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(CASE jsonb_typeof(said)
        WHEN 'array' THEN (
            SELECT string_agg(plain, '|' ORDER BY plain COLLATE "C") FROM (
                SELECT upper(regexp_replace(normalize(part, NFKC), '\\s+', '', 'g')) AS plain
                FROM jsonb_array_elements_text(said) AS part) AS parts)
        ELSE upper(regexp_replace(normalize(said #>> '{}', NFKC), '\\s+', '', 'g'))
    END, '')
$$;
CREATE FUNCTION registry_statements(customers uuid[], fields text[])
RETURNS TABLE (customer_id uuid, unit_id bigint, dossier_id uuid, field text, value jsonb,
    normal text, effective text) LANGUAGE sql STABLE AS $$
    SELECT file.customer_id, file.unit_id::bigint, file.id, asked.code::text, said.value,
        plain.normal,
        CASE WHEN registry_normal(offer.stated) = plain.normal
            THEN registry_normal(offer.value) ELSE plain.normal END
    FROM dossiers_dossier AS file
    CROSS JOIN unnest(fields) AS asked (code)
    CROSS JOIN LATERAL (SELECT CASE asked.code
        WHEN 'name_full' THEN to_jsonb(file.name_full)
        WHEN 'name_former' THEN to_jsonb(file.former_names)
        WHEN 'region_code' THEN to_jsonb(file.region_code)
        WHEN 'gas_use' THEN to_jsonb(file.gas_uses)
        ELSE file.document -> asked.code END AS value) AS said
    CROSS JOIN LATERAL (SELECT registry_normal(said.value) AS normal) AS plain
    LEFT JOIN identity_offer AS offer ON offer.unit_id = file.unit_id
        AND offer.dossier_id = file.id AND offer.field = asked.code
        AND offer.state IN ('open', 'declined')
    WHERE file.state <> 'closed' AND plain.normal <> ''
      AND (file.customer_id = ANY (customers) OR customers IS NULL AND file.customer_id IN (
        SELECT several.customer_id FROM dossiers_dossier AS several
        GROUP BY several.customer_id HAVING count(*) > 1))
$$;
"""
BACKWARD = """
DROP FUNCTION registry_statements(uuid[], text[]);
DROP FUNCTION registry_normal(jsonb);
ALTER TABLE identity_offer DROP CONSTRAINT offer_decided_by_fk;
ALTER TABLE identity_offer DROP CONSTRAINT offer_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("identity", "0001_initial"),
        ("dossiers", "0008_guide_impact"),
        ("org", "0002_composite_keys"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
