"""Rows are there for those who may see them, whatever a query forgets (§5.5, 6.3.1).

A customer's identity is known to the units that keep a file on it. Opening a file tells nothing
of others: `identify_customers` gives an id for every code, known before or not.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import EVERYTHING, OWN, of_unit, policies, search_within

FILE = f"""({EVERYTHING} OR unit_id = ANY ((SELECT scope_units())::bigint[]) AND (
    unit_id = ANY ((SELECT scope_whole())::bigint[]) OR (
        credit_code IS DISTINCT FROM (SELECT scope_avoid())
        AND coalesce((SELECT scope_avoid()), '') <> ALL (former_codes)
        AND ARRAY[unit_id || ':', unit_id || ':' || left(region_code, 2),
            unit_id || ':' || left(region_code, 4), unit_id || ':' || region_code]
            && (SELECT scope_regions())::text[])))"""
KEPT = f"""({EVERYTHING} OR EXISTS (
    SELECT FROM dossiers_dossier AS kept WHERE kept.customer_id = %s))"""
IDENTIFY = """
CREATE FUNCTION identify_customers(codes text[], names text[])
RETURNS TABLE (code text, customer_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO customers_customer (credit_code, name, klass)
    SELECT said.code, said.name, '' FROM unnest(codes, names) AS said (code, name)
    ON CONFLICT (credit_code) DO NOTHING;
    RETURN QUERY SELECT c.credit_code::text, coalesce(c.joined_into_id, c.id)
    FROM customers_customer c WHERE c.credit_code = ANY (codes);
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("dossiers", "0009_former_codes"), ("access", "0003_scope")]
    operations: ClassVar = [
        *policies("dossiers_dossier", read=FILE, write=OWN),
        *of_unit("dossiers_classchange", via="dossier_id dossiers_dossier"),
        *of_unit("dossiers_fileversion", via="dossier_id dossiers_dossier"),
        *of_unit("dossiers_draft", via="dossier_id dossiers_dossier"),
        *of_unit("dossiers_fieldsave", via="draft_id dossiers_draft"),
        *of_unit("dossiers_attestation", via="draft_id dossiers_draft"),
        *of_unit("dossiers_submission", via="draft_id dossiers_draft"),
        *of_unit("dossiers_comment", via="draft_id dossiers_draft"),
        *policies("customers_customer", read=KEPT % "customers_customer.id", write=EVERYTHING),
        *policies(
            "customers_customerclass",
            read=KEPT % "customers_customerclass.customer_id",
            write=EVERYTHING,
        ),
        migrations.RunSQL(IDENTIFY, "DROP FUNCTION identify_customers(text[], text[]);"),
        search_within("search_dossiers", "q units"),
        search_within("best_dossiers", "q units most"),
    ]
