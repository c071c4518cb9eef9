"""A score keeps bare figures, its round says once what they are (§6.1.3).

The column stays `details`: from {code: {input, points, weight, evidence}} to a list. Rounds that are
final, whose triggers refuse any other change, say the same as before.
"""

from typing import ClassVar

from django.db import migrations, models

from yihu.ratings.models import Exact

UNGUARDED = """
ALTER TABLE ratings_ratinground DISABLE TRIGGER rating_round_final_stays;
ALTER TABLE ratings_ratingscore DISABLE TRIGGER rating_score_final_stays;
"""
GUARDED = """
ALTER TABLE ratings_ratinground ENABLE TRIGGER rating_round_final_stays;
ALTER TABLE ratings_ratingscore ENABLE TRIGGER rating_score_final_stays;
"""
FORWARD = f"""
{UNGUARDED}
UPDATE ratings_ratinground r SET lines = said.lines
FROM (
    SELECT round_id, jsonb_agg(jsonb_build_object(
        'code', code, 'weight', weight, 'evidence', keys) ORDER BY code) AS lines
    FROM (
        SELECT s.round_id, d.key AS code, max(d.value ->> 'weight') AS weight,
            coalesce(jsonb_agg(DISTINCT e.key) FILTER (WHERE e.key IS NOT NULL), '[]') AS keys
        FROM ratings_ratingscore s
        CROSS JOIN LATERAL jsonb_each(s.details) d
        LEFT JOIN LATERAL jsonb_each(nullif(d.value -> 'evidence', 'null')) e ON true
        GROUP BY s.round_id, d.key
    ) line
    GROUP BY round_id
) said WHERE said.round_id = r.id;
UPDATE ratings_ratingscore s SET details = (
    SELECT coalesce(jsonb_agg(figure.value ORDER BY l.place, figure.place), '[]')
    FROM jsonb_array_elements(r.lines) WITH ORDINALITY l (line, place)
    CROSS JOIN LATERAL (SELECT s.details -> (l.line ->> 'code') AS said) d
    CROSS JOIN LATERAL (
        SELECT 1 AS place, to_jsonb((d.said ->> 'input')::numeric) AS value
        UNION ALL SELECT 2, to_jsonb((d.said ->> 'points')::numeric)
        UNION ALL SELECT 2 + k.place, d.said -> 'evidence' -> k.key
        FROM jsonb_array_elements_text(l.line -> 'evidence') WITH ORDINALITY k (key, place)
    ) figure
)
FROM ratings_ratinground r WHERE r.id = s.round_id;
{GUARDED}
"""
BACKWARD = f"""
{UNGUARDED}
UPDATE ratings_ratingscore s SET details = (
    SELECT coalesce(jsonb_object_agg(l.line ->> 'code', jsonb_build_object(
        'input', s.details ->> l.first, 'points', s.details ->> l.first + 1,
        'weight', l.line ->> 'weight', 'evidence', (
            SELECT jsonb_object_agg(k.key, s.details -> (l.first + 1 + k.place::int))
            FROM jsonb_array_elements_text(l.line -> 'evidence') WITH ORDINALITY k (key, place)
            WHERE s.details -> (l.first + 1 + k.place::int) <> 'null'))), '{{}}')
    FROM (
        SELECT line, (sum(2 + jsonb_array_length(line -> 'evidence')) OVER (ORDER BY place)
            - 2 - jsonb_array_length(line -> 'evidence'))::int AS first
        FROM jsonb_array_elements(r.lines) WITH ORDINALITY l (line, place)
    ) l
)
FROM ratings_ratinground r WHERE r.id = s.round_id;
{GUARDED}
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("ratings", "0009_lighter_rounds")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="ratinground",
            name="lines",
            field=models.JSONField(
                db_default=models.Value([], models.JSONField()), verbose_name="计分项"
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("ratingscore", "details", "figures"),
                migrations.AlterField(
                    model_name="ratingscore",
                    name="figures",
                    field=models.JSONField(
                        db_column="details", decoder=Exact, verbose_name="计分明细"
                    ),
                ),
            ]
        ),
    ]
