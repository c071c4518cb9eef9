-- Points to scores, scores to grades, a customer's files to one score and the class it proposes.
WITH taken AS (
    SELECT dossier_id,
        sum(quantity * CASE quantity_unit WHEN 't' THEN %(lng)s ELSE 1 END) AS volume
    FROM rating_taken WHERE recent GROUP BY dossier_id
), summed AS (
    SELECT dossier_id,
        round(coalesce(sum(weight * points)
            / nullif(sum(weight) FILTER (WHERE points IS NOT NULL), 0), 0), 2) AS score,
        max(points) FILTER (WHERE code = %(strategic_code)s) AS strategic_value,
        jsonb_object_agg(code, jsonb_build_object('input', input::text, 'points', points::text,
            'weight', weight::text, 'evidence', evidence)) AS details
    FROM rating_points GROUP BY dossier_id
), files AS (
    SELECT f.unit_id, f.dossier_id, f.customer_id, f.klass, s.score, s.details,
        bool_or(f.internal) OVER customer AS internal,
        max(s.strategic_value) OVER customer AS strategic_value,
        bool_or(f.klass = 'strategic') OVER customer AS strategic_now,
        CASE WHEN %(weighted)s AND sum(t.volume) OVER customer > 0
            THEN round(sum(s.score * t.volume) OVER customer / sum(t.volume) OVER customer, 2)
            WHEN %(weighted)s THEN round(avg(s.score) OVER customer, 2)
            ELSE max(s.score) OVER customer END AS joined
    FROM rating_file f
    JOIN summed s ON s.dossier_id = f.dossier_id
    LEFT JOIN taken t ON t.dossier_id = f.dossier_id
    WINDOW customer AS (PARTITION BY f.customer_id)
), before AS (
    SELECT DISTINCT ON (dossier_id) dossier_id, score, grade FROM ratings_ratingresult
    WHERE %(beside)s::uuid IS NULL AND state = 'final' AND year < %(year)s
    ORDER BY dossier_id, year DESC
), beside AS (
    SELECT dossier_id, score, grade FROM ratings_ratingscore WHERE round_id = %(beside)s::uuid
)
INSERT INTO ratings_ratingscore (unit_id, round_id, dossier_id, customer_id, score, grade, joined,
    klass_now, klass, score_before, grade_before, details)
SELECT files.unit_id, %(round)s, files.dossier_id, files.customer_id, files.score,
    /* grade */, files.joined, files.klass,
    CASE WHEN files.internal THEN 'internal'
        WHEN files.strategic_value IS NULL AND files.strategic_now THEN 'strategic'
        WHEN files.strategic_value >= %(strategic_points)s
            AND files.joined >= %(strategic_score)s THEN 'strategic'
        WHEN files.joined >= %(vip_score)s THEN 'vip' ELSE 'general' END,
    coalesce(before.score, beside.score), coalesce(before.grade, beside.grade, ''), files.details
FROM files
LEFT JOIN before ON before.dossier_id = files.dossier_id
LEFT JOIN beside ON beside.dossier_id = files.dossier_id
