"""A rating is one occasion a file and year, not a row of one unit (§6.2.1c): duties keep theirs."""

from typing import ClassVar

from django.db import migrations

FORWARD = """
UPDATE duties_duty y SET subject_id = md5(r.dossier_id::text || r.year)::uuid
FROM ratings_ratingresult r
WHERE y.source = 'rating' AND r.unit_id = y.unit_id AND r.id = y.subject_id
"""
BACKWARD = """
UPDATE duties_duty y SET subject_id = r.id
FROM ratings_ratingresult r
WHERE y.source = 'rating' AND r.unit_id = y.unit_id AND r.dossier_id = y.dossier_id
  AND y.subject_id = md5(r.dossier_id::text || r.year)::uuid
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("duties", "0010_who_knows_of_risks"),
        ("ratings", "0007_rows_of_rounds"),
        ("dossiers", "0013_customer_since"),
    ]
    operations: ClassVar = [migrations.RunSQL(FORWARD, BACKWARD)]
