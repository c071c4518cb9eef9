"""Offtake by months: each has a table of its own, of which this one is made up.

What was there becomes the partition of all months that have none, so nothing is written anew and
no row is read. `keep_offtake_months(day, back, ahead, most)` makes the partitions of the months
around a day, the latest first. A month that has rows moves out of the default partition, one a
call. While a partition is made, the default one is read to its end and nobody else reads or writes
it: so where it holds 100,000 rows or more, `most` partitions are made in a call. It gives up after
2 s of waiting for a lock.

The application owns no partition and has no right on one: it reaches them through the table alone,
and so through its policies.
"""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

from yihu.access.rows import of_unit, read_as_of_file

TABLE = """
ALTER TABLE contracts_offtake RENAME TO contracts_offtake_default;
ALTER INDEX contracts_offtake_pkey RENAME TO contracts_offtake_default_pkey;
ALTER INDEX offtake_month RENAME TO contracts_offtake_default_month;
ALTER INDEX contracts_offtake_contract_id_f58af0b6 RENAME TO contracts_offtake_default_contract;
DROP INDEX contracts_offtake_unit_id_5789a976;
DROP POLICY contracts_offtake_read ON contracts_offtake_default;
DROP POLICY contracts_offtake_add ON contracts_offtake_default;
DROP POLICY contracts_offtake_change ON contracts_offtake_default;
DROP POLICY contracts_offtake_remove ON contracts_offtake_default;
ALTER TABLE contracts_offtake_default DISABLE ROW LEVEL SECURITY;

CREATE TABLE contracts_offtake (LIKE contracts_offtake_default
    INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (month);
ALTER TABLE contracts_offtake
    ADD CONSTRAINT contracts_offtake_pkey PRIMARY KEY (unit_id, contract_id, month),
    ADD CONSTRAINT contracts_offtake_unit_id_5789a976_fk_org_orgunit_id
        FOREIGN KEY (unit_id) REFERENCES org_orgunit (id) DEFERRABLE INITIALLY DEFERRED,
    ADD CONSTRAINT offtake_contract_fk
        FOREIGN KEY (unit_id, contract_id) REFERENCES contracts_contract (unit_id, id)
        DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX offtake_month ON contracts_offtake (unit_id, month);
CREATE INDEX contracts_offtake_contract_id_f58af0b6 ON contracts_offtake (contract_id);
ALTER TABLE contracts_offtake ATTACH PARTITION contracts_offtake_default DEFAULT;
"""
MONTHS = """
CREATE PROCEDURE vault.close_partition(partition regclass)
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
    holder oid;
BEGIN
    FOR holder IN
        SELECT DISTINCT a.grantee FROM pg_class c, aclexplode(c.relacl) AS a
        WHERE c.oid = partition AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('REVOKE ALL ON %s FROM %s', partition,
            CASE holder WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(holder)) END);
    END LOOP;
END $$;
CALL vault.close_partition('contracts_offtake_default');

CREATE FUNCTION keep_offtake_months(day date, back integer, ahead integer, most integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET lock_timeout = '2s' AS $$
DECLARE
    this date := date_trunc('month', day::timestamp);
    first date;
    next date;
    name text;
    held boolean;
    moved boolean := false;
    big boolean := (SELECT count(*) = 100000 FROM (
        SELECT FROM contracts_offtake_default LIMIT 100000) AS first_rows);
    made integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('keep_offtake_months'));
    FOR first IN SELECT generate_series(this - make_interval(months => back),
        this + make_interval(months => ahead), '1 month') ORDER BY 1 DESC
    LOOP
        name := 'contracts_offtake_' || to_char(first, 'YYYYMM');
        CONTINUE WHEN to_regclass('public.' || name) IS NOT NULL;
        EXIT WHEN big AND made >= most;
        held := EXISTS (SELECT FROM contracts_offtake_default WHERE month = first);
        CONTINUE WHEN held AND moved;
        next := first + interval '1 month';
        LOCK TABLE contracts_offtake_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('CREATE TABLE public.%I (LIKE contracts_offtake'
            ' INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', name);
        IF held THEN
            EXECUTE format('INSERT INTO public.%I SELECT * FROM contracts_offtake_default'
                ' WHERE month = $1', name) USING first;
            DELETE FROM contracts_offtake_default WHERE month = first;
            moved := true;
        END IF;
        EXECUTE format('ALTER TABLE contracts_offtake ATTACH PARTITION public.%I'
            ' FOR VALUES FROM (%L) TO (%L)', name, first, next);
        CALL vault.close_partition(('public.' || name)::regclass);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("contracts", "0007_ended_early"), ("org", "0006_staff_number")]
    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE + MONTHS)],
            state_operations=[
                migrations.AlterField(
                    model_name="offtake",
                    name="unit",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="org.orgunit",
                    ),
                ),
            ],
        ),
        *of_unit("contracts_offtake", via="contract_id contracts_contract", section="performance"),
        read_as_of_file("contracts_offtake", "contract_id", section="performance"),
    ]
