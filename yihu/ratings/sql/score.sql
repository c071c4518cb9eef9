-- Inputs to points, points to scores, scores to grades, a customer's files to one score and the class
-- it proposes: one row a file all the way, as wide as the scheme has indicators. OFFSET 0 keeps an
-- input from being reckoned anew for every step of its table. In the order of files, which is that of
-- the keys too.
WITH read AS (
    SELECT f.unit_id, f.dossier_id, f.customer_id, f.klass, f.internal, taken.quantity AS volume,
        /* inputs */
    FROM rating_file f
    LEFT JOIN rating_taken taken ON taken.dossier_id = f.dossier_id
    /* sources */
    OFFSET 0
), pointed AS (
    SELECT *, /* points */ FROM read OFFSET 0
), scored AS MATERIALIZED (
    SELECT *, round(coalesce((/* weighted */) / nullif(/* weights */, 0), 0), 2) AS score
    FROM pointed
), customer AS (
    SELECT customer_id, bool_or(internal) AS internal,
        max(/* strategic */) AS strategic_value,
        bool_or(klass = 'strategic') AS strategic_now,
        CASE WHEN %(weighted)s AND sum(volume) > 0
            THEN round(sum(score * volume) / sum(volume), 2)
            WHEN %(weighted)s THEN round(avg(score), 2)
            ELSE max(score) END AS joined
    FROM (SELECT * FROM scored ORDER BY customer_id) AS in_order GROUP BY customer_id
), before AS (
    SELECT DISTINCT ON (dossier_id) dossier_id, score, grade FROM ratings_ratingresult
    WHERE %(beside)s::uuid IS NULL AND state = 'final' AND year < %(year)s
    ORDER BY dossier_id, year DESC
), beside AS (
    SELECT dossier_id, score, grade FROM ratings_ratingscore WHERE round_id = %(beside)s::uuid
), placed AS (
    SELECT s.*, c.joined,
        CASE WHEN c.internal THEN 'internal'
            WHEN c.strategic_value IS NULL AND c.strategic_now THEN 'strategic'
            WHEN c.strategic_value >= %(strategic_points)s
                AND c.joined >= %(strategic_score)s THEN 'strategic'
            WHEN c.joined >= %(vip_score)s THEN 'vip' ELSE 'general' END AS proposed,
        coalesce(before.score, beside.score) AS score_before,
        coalesce(before.grade, beside.grade, '') AS grade_before
    FROM scored s
    JOIN customer c ON c.customer_id = s.customer_id
    LEFT JOIN before ON before.dossier_id = s.dossier_id
    LEFT JOIN beside ON beside.dossier_id = s.dossier_id
    ORDER BY s.dossier_id
)
INSERT INTO ratings_ratingscore (id, unit_id, round_id, dossier_id, customer_id, score, grade,
    joined, klass_now, klass, score_before, grade_before, details)
SELECT overlay(s.dossier_id::text PLACING right(%(round)s::text, 12) FROM 25)::uuid, s.unit_id,
    %(round)s, s.dossier_id, s.customer_id, s.score, /* grade */, s.joined, s.klass, s.proposed,
    s.score_before, s.grade_before, /* figures */
FROM placed s
