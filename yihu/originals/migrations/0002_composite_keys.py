"""Nothing hangs on another unit's row; what is done to an original is never undone (§3c, 6.3.3).

Moves are only ever added; a closed stocktake and a disposal that was carried out never change;
an original is not destroyed while it is out, held or of an undecided period, whoever says so.
"""

from typing import ClassVar

from django.db import migrations

KEYS = (
    ("original", "dossier", "dossiers_dossier"),
    ("original", "place", "originals_place"),
    ("original", "custodian", "org_staff"),
    ("original", "placed_by", "org_staff"),
    ("original", "transfer", "originals_transfer"),
    ("place", "parent", "originals_place"),
    ("transfer", "handed_by", "org_staff"),
    ("move", "original", "originals_original"),
    ("move", "by", "org_staff"),
    ("hold", "original", "originals_original"),
    ("hold", "placed_by", "org_staff"),
    ("hold", "released_by", "org_staff"),
    ("loan", "original", "originals_original"),
    ("loan", "borrower", "org_staff"),
    ("loan", "requested_by", "org_staff"),
    ("loan", "decided_by", "org_staff"),
    ("loan", "handed_by", "org_staff"),
    ("loan", "received_by", "org_staff"),
    ("loan", "taken_by", "org_staff"),
    ("stocktake", "begun_by", "org_staff"),
    ("stocktake", "closed_by", "org_staff"),
    ("stocktakeline", "stocktake", "originals_stocktake"),
    ("stocktakeline", "original", "originals_original"),
    ("stocktakeline", "by", "org_staff"),
    ("disposal", "proposed_by", "org_staff"),
    ("disposal", "approved_by", "org_staff"),
    ("disposal", "first_witness", "org_staff"),
    ("disposal", "second_witness", "org_staff"),
    ("disposalline", "disposal", "originals_disposal"),
    ("disposalline", "original", "originals_original"),
)
FORWARD = "".join(
    f"ALTER TABLE originals_{table} ADD CONSTRAINT {table}_{column}_fk "
    f"FOREIGN KEY (unit_id, {column}_id) REFERENCES {target} (unit_id, id) "
    "DEFERRABLE INITIALLY DEFERRED;\n"
    for table, column, target in KEYS
)
BACKWARD = "".join(
    f"ALTER TABLE originals_{table} DROP CONSTRAINT {table}_{column}_fk;\n"
    for table, column, _target in reversed(KEYS)
)
RULES = """
ALTER TABLE originals_original ADD CONSTRAINT original_document_fk
    FOREIGN KEY (unit_id, document) REFERENCES papers_document (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE TRIGGER move_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON originals_move
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER original_kept BEFORE DELETE OR TRUNCATE ON originals_original
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER loan_kept BEFORE DELETE OR TRUNCATE ON originals_loan
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER disposal_kept BEFORE DELETE OR TRUNCATE ON originals_disposal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON originals_transfer
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER disposal_done BEFORE UPDATE ON originals_disposal
    FOR EACH ROW WHEN (OLD.state = 'done') EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER stocktake_closed BEFORE UPDATE OR DELETE ON originals_stocktake
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting();

CREATE FUNCTION stocktake_line_stands() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF EXISTS (SELECT FROM originals_stocktake s WHERE s.unit_id = OLD.unit_id
               AND s.id = OLD.stocktake_id AND s.closed_at IS NOT NULL) THEN
        RAISE EXCEPTION 'the stocktake is closed' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER stocktake_line_stands BEFORE UPDATE OR DELETE ON originals_stocktakeline
    FOR EACH ROW EXECUTE FUNCTION stocktake_line_stands();

CREATE FUNCTION original_may_go() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public AS $$
BEGIN
    IF OLD.state IN ('destroyed', 'transferred') THEN
        RAISE EXCEPTION 'the original is gone' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state = 'destroyed' AND (
        OLD.state <> 'in_stock' OR OLD.retention IN ('undecided', 'permanent')
        OR EXISTS (SELECT FROM originals_hold h WHERE h.unit_id = OLD.unit_id
                   AND h.original_id = OLD.id AND h.released_at IS NULL)
        OR EXISTS (SELECT FROM originals_loan l WHERE l.unit_id = OLD.unit_id
                   AND l.original_id = OLD.id AND l.state IN ('asked', 'approved', 'out'))
        OR NOT EXISTS (SELECT FROM originals_disposalline n JOIN originals_disposal d
                       ON d.unit_id = n.unit_id AND d.id = n.disposal_id
                       WHERE n.unit_id = OLD.unit_id AND n.original_id = OLD.id
                       AND n.standing AND d.state = 'done')
    ) THEN
        RAISE EXCEPTION 'the original may not be destroyed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER original_may_go BEFORE UPDATE ON originals_original
    FOR EACH ROW EXECUTE FUNCTION original_may_go();

CREATE INDEX original_search_grams ON originals_original USING gin (grams(search_text));
CREATE FUNCTION search_originals(q text, units integer[]) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    WITH candidate AS MATERIALIZED (
        SELECT id, unit_id, search_text FROM originals_original
        WHERE grams(search_text) @> query_grams(q)
    )
    SELECT id FROM candidate
    WHERE (units IS NULL OR unit_id = ANY (units)) AND strpos(search_text, lower(q)) > 0
$$;
"""
NO_RULES = """
ALTER TABLE originals_original ADD CONSTRAINT original_document_fk
    FOREIGN KEY (unit_id, document) REFERENCES papers_document (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE originals_original DROP CONSTRAINT original_document_fk;
DROP FUNCTION search_originals(text, integer[]);
DROP INDEX original_search_grams;
DROP TRIGGER original_may_go ON originals_original;
DROP FUNCTION original_may_go();
DROP TRIGGER stocktake_line_stands ON originals_stocktakeline;
DROP FUNCTION stocktake_line_stands();
DROP TRIGGER stocktake_closed ON originals_stocktake;
DROP TRIGGER disposal_done ON originals_disposal;
DROP TRIGGER transfer_append_only ON originals_transfer;
DROP TRIGGER disposal_kept ON originals_disposal;
DROP TRIGGER loan_kept ON originals_loan;
DROP TRIGGER original_kept ON originals_original;
DROP TRIGGER move_append_only ON originals_move;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("originals", "0001_initial"),
        ("dossiers", "0003_search"),
        ("org", "0002_composite_keys"),
        ("papers", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(RULES, NO_RULES),
    ]
