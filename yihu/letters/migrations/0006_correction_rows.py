"""Corrections hang on a letter of their unit, are only added, and are there as far as their file.

What the log kept of corrections until now goes to the table; from here on it keeps no values.
"""

from typing import ClassVar

from django.db import migrations

from yihu.access.rows import of_file

FORWARD = """
ALTER TABLE letters_correction ADD CONSTRAINT correction_dossier_fk
    FOREIGN KEY (unit_id, dossier_id) REFERENCES dossiers_dossier (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE letters_correction ADD CONSTRAINT correction_letter_fk
    FOREIGN KEY (unit_id, letter_id) REFERENCES letters_letter (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE letters_correction ADD CONSTRAINT correction_by_fk
    FOREIGN KEY (unit_id, by_id) REFERENCES org_staff (unit_id, id)
    DEFERRABLE INITIALLY DEFERRED;
INSERT INTO letters_correction
    (id, unit_id, dossier_id, letter_id, was, became, reason, by_id, at)
SELECT gen_random_uuid(), held.unit_id, held.dossier_id, held.id, told.data -> 'before',
    told.data - 'before' - 'reason' - 'register_number',
    coalesce(nullif(told.data ->> 'reason', ''), '—'),
    coalesce(person.id, held.entered_by_id), told.at
FROM audit_event told
JOIN letters_letter held ON held.id::text = told.subject_id
LEFT JOIN access_user account ON account.id = told.actor_id
LEFT JOIN org_staff person ON person.id = account.staff_id AND person.unit_id = held.unit_id
WHERE told.verb = 'letter.corrected' AND told.data ? 'before';
CREATE TRIGGER correction_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON letters_correction
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting();
"""
BACKWARD = """
DROP TRIGGER correction_kept ON letters_correction;
ALTER TABLE letters_correction DROP CONSTRAINT correction_by_fk;
ALTER TABLE letters_correction DROP CONSTRAINT correction_letter_fk;
ALTER TABLE letters_correction DROP CONSTRAINT correction_dossier_fk;
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("letters", "0005_corrections"),
        ("access", "0007_quick_scope"),
        ("audit", "0005_chain"),
        ("dossiers", "0011_quick_rows"),
    ]
    operations: ClassVar = [
        migrations.RunSQL(FORWARD, BACKWARD),
        *of_file("letters_correction", "dossier_id"),
    ]
