"""Composite foreign keys (unit_id, id). A remark is never deleted, a lifted one never changed, a
check or correction never touched again. What a check before signing may say is said by a function.
"""

from typing import ClassVar

from django.db import migrations

KEYS = (  # table, column, referred table
    ("remark", "dossier", "dossiers_dossier"),
    ("remark", "owner", "org_staff"),
    ("remark", "raised_by", "org_staff"),
    ("remark", "lift_asked_by", "org_staff"),
    ("remark", "lifted_by", "org_staff"),
    ("review", "remark", "risks_remark"),
    ("review", "by", "org_staff"),
    ("correction", "remark", "risks_remark"),
    ("correction", "by", "org_staff"),
    ("affected", "remark", "risks_remark"),
    ("affected", "contract", "contracts_contract"),
    ("evidence", "remark", "risks_remark"),
    ("evidence", "document", "papers_document"),
    ("evidence", "by", "org_staff"),
    ("proposal", "dossier", "dossiers_dossier"),
    ("proposal", "contract", "contracts_contract"),
    ("proposal", "decided_by", "org_staff"),
    ("proposal", "remark", "risks_remark"),
)
ADD = "\n".join(
    f"ALTER TABLE risks_{table} ADD CONSTRAINT risk_{table}_{column}_fk"
    f" FOREIGN KEY (unit_id, {column}_id) REFERENCES {to} (unit_id, id)"
    " DEFERRABLE INITIALLY DEFERRED;"
    for table, column, to in KEYS
)
DROP = "\n".join(
    f"ALTER TABLE risks_{table} DROP CONSTRAINT risk_{table}_{column}_fk;"
    for table, column, _to in KEYS
)
FORWARD = """
CREATE TRIGGER remark_kept BEFORE DELETE OR TRUNCATE ON risks_remark
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER remark_stays_itself
    BEFORE UPDATE OF id, unit_id, dossier_id, number, raised_by_id, raised_at
    ON risks_remark FOR EACH ROW
    WHEN ((OLD.id, OLD.unit_id, OLD.dossier_id, OLD.number, OLD.raised_by_id, OLD.raised_at)
        IS DISTINCT FROM
        (NEW.id, NEW.unit_id, NEW.dossier_id, NEW.number, NEW.raised_by_id, NEW.raised_at))
    EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER remark_lifted_for_good BEFORE UPDATE ON risks_remark FOR EACH ROW
    WHEN (OLD.state = 'lifted') EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER review_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON risks_review
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER correction_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON risks_correction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER evidence_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON risks_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER rule_setting_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON risks_rulesetting
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();

-- What stands on a code, for who prepares a contract: of the person's own units, and what
-- headquarters published to all. Level and kind; of another unit not even which one it is.
-- Nobody learns here what others keep on the unit that they belong to (内部客户).
CREATE FUNCTION risk_check(code text) RETURNS TABLE (
    mine boolean, published boolean, kind text, level smallint, state text, checked_on date,
    owner text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT m.mine, r.published_at IS NOT NULL, r.kind, r.level, r.state,
        (coalesce(r.checked_at, r.raised_at) AT TIME ZONE 'Asia/Shanghai')::date,
        CASE WHEN m.mine THEN u.short_name || ' ' || s.name ELSE '' END
    FROM dossiers_dossier d
    JOIN risks_remark r ON r.dossier_id = d.id AND r.unit_id = d.unit_id AND r.state <> 'lifted'
    JOIN org_orgunit u ON u.id = r.unit_id
    JOIN org_staff s ON s.id = r.owner_id
    CROSS JOIN LATERAL (
        SELECT scope_everything() OR d.unit_id = ANY (coalesce(scope_own(), '{}')) AS mine
    ) m
    WHERE d.credit_code = $1 AND $1 IS DISTINCT FROM scope_avoid()
      AND (m.mine OR r.published_at IS NOT NULL
           AND (scope_everything() OR cardinality(scope_own()) > 0))
$$;
CREATE INDEX dossier_by_code ON dossiers_dossier (credit_code);
"""
BACKWARD = """
DROP INDEX dossier_by_code;
DROP FUNCTION risk_check(text);
DROP TRIGGER rule_setting_only_added ON risks_rulesetting;
DROP TRIGGER evidence_only_added ON risks_evidence;
DROP TRIGGER correction_only_added ON risks_correction;
DROP TRIGGER review_only_added ON risks_review;
DROP TRIGGER remark_lifted_for_good ON risks_remark;
DROP TRIGGER remark_stays_itself ON risks_remark;
DROP TRIGGER remark_kept ON risks_remark;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("risks", "0001_initial"),
        ("access", "0003_scope"),
        ("contracts", "0002_composite_keys"),
        ("papers", "0002_composite_keys"),
        ("org", "0002_composite_keys"),
        ("audit", "0002_append_only"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(ADD, DROP),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
