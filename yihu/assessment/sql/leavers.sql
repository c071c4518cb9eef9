SELECT e.unit_id, e.id, EXISTS (
    SELECT FROM handover_ending h WHERE h.unit_id = e.unit_id AND h.staff_id = e.staff_id
        AND (h.at AT TIME ZONE 'Asia/Shanghai')::date <= e.effective_on + 1), NULL::numeric
FROM org_personnelevent e
WHERE e.unit_id = ANY (%(units)s) AND e.effective_on BETWEEN %(since)s AND %(until)s
    AND e.kind IN ('transfer', 'retire', 'leave') AND e.cancelled_at IS NULL
    AND EXISTS (SELECT FROM access_user a WHERE a.staff_id = e.staff_id)
