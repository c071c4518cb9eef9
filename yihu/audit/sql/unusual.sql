-- Days on which somebody looked at unusually much (rules.THRESHOLDS); linear in the lines read.
WITH looked AS (
    SELECT actor_id, at AT TIME ZONE 'Asia/Shanghai' AS local, verb,
        coalesce(dossier_id::text, subject_type || subject_id || (data ->> 'query'), subject_type)
            AS what
    FROM audit_event
    WHERE event_looked(verb) AND verb = ANY (%(reads)s)
      AND at >= %(since)s - interval '30 days' AND actor_id IS NOT NULL
), hours AS (
    SELECT actor_id, date_trunc('hour', local) AS hour, count(DISTINCT what) AS files
    FROM looked GROUP BY 1, 2
), peaks AS (
    SELECT actor_id, hour::date AS day, max(files) AS files FROM hours GROUP BY 1, 2
), days AS (
    SELECT actor_id, local::date AS day, count(DISTINCT what) AS files,
        count(DISTINCT what) FILTER (WHERE extract(hour FROM local) >= %(evening)s
            OR extract(hour FROM local) < %(morning)s) AS night,
        count(*) FILTER (WHERE verb = 'searched') AS searches
    FROM looked GROUP BY 1, 2
), habits AS (
    SELECT actor_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY files) AS files
    FROM days GROUP BY 1
)
SELECT d.actor_id, d.day, d.files, p.files, d.night, d.searches, h.files
FROM days d JOIN peaks p USING (actor_id, day) JOIN habits h USING (actor_id)
WHERE d.day >= (%(since)s AT TIME ZONE 'Asia/Shanghai')::date
  AND (p.files > %(hour)s OR d.files > %(day)s OR d.night > %(night)s
       OR (d.files >= %(usual_from)s AND d.files > %(habit)s * h.files))
ORDER BY d.day DESC, d.files DESC, d.actor_id
LIMIT %(most)s
