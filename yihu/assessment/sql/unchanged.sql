-- A version is bare where it has marks and all of them say 核对无变化.
SELECT v.unit_id, v.id, NOT coalesce(m.bare, false), NULL::numeric
FROM dossiers_fileversion v
CROSS JOIN LATERAL (
    SELECT bool_and(part.value ->> 'mark' = 'unchanged') AS bare
    FROM jsonb_each(v.content -> 'sections') AS part
) m
WHERE v.unit_id = ANY (%(units)s) AND v.approved_at < %(moment)s AND v.approved_at >= %(begins)s
