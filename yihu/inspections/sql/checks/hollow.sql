-- §5.2: texts that say nothing, and long ones that stand word for word in another customer's file.
SELECT h.unit_id, h.id, CASE WHEN count(h.code) FILTER (WHERE h.hollow OR h.copied) > 0
    THEN jsonb_strip_nulls(jsonb_build_object(
        'hollow', jsonb_agg(h.code ORDER BY h.code) FILTER (WHERE h.hollow),
        'copied', jsonb_agg(h.code ORDER BY h.code) FILTER (WHERE h.copied))) END AS detail
FROM (
    SELECT unit_id, id, code, text = ANY (%(hollow)s) AS hollow,
        hash IS NOT NULL AND min(credit_code) OVER same <> max(credit_code) OVER same AS copied
    FROM (
        SELECT f.unit_id, f.id, f.credit_code, t.code, t.text,
            CASE WHEN t.code = ANY (%(long)s) AND length(t.text) >= %(long_text)s
                THEN md5(t.text) END AS hash
        FROM fact f
        CROSS JOIN LATERAL (
            SELECT code, btrim(f.facts ->> code) AS text FROM unnest(%(texts)s::text[]) AS code
            WHERE jsonb_typeof(f.facts -> code) = 'string'
        ) t
        WHERE t.text = ANY (%(hollow)s) OR t.code = ANY (%(long)s)
        UNION ALL
        SELECT unit_id, id, credit_code, NULL, NULL, NULL FROM subject
    ) AS word
    WINDOW same AS (PARTITION BY code, hash)
) h
GROUP BY h.unit_id, h.id
