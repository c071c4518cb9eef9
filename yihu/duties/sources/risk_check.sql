-- §6.2.2: a remark is looked at again by its date, until it is lifted; each check is one duty.
SELECT r.unit_id, r.dossier_id, md5(r.id::text || c.due_on)::uuid AS subject_id,
    (c.since AT TIME ZONE 'Asia/Shanghai')::date AS happened_on, c.due_on,
    NULL::timestamptz AS counts_from, c.done_at
FROM risks_remark r
CROSS JOIN LATERAL (
    SELECT r.next_check_on AS due_on, coalesce(r.checked_at, r.raised_at) AS since,
        NULL::timestamptz AS done_at
    WHERE r.state <> 'lifted' AND r.next_check_on IS NOT NULL
      AND NOT EXISTS (SELECT FROM risks_review w WHERE w.unit_id = r.unit_id
                      AND w.remark_id = r.id AND w.due_on = r.next_check_on)
    UNION ALL
    SELECT w.due_on, min(w.since), min(w.at) FROM (
        SELECT due_on, at, coalesce(lag(at) OVER (ORDER BY id), r.raised_at) AS since
        FROM risks_review WHERE unit_id = r.unit_id AND remark_id = r.id
    ) w GROUP BY w.due_on
) c
