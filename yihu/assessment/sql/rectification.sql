SELECT f.unit_id, f.id,
    coalesce((f.righted_at AT TIME ZONE 'Asia/Shanghai')::date <= f.due_on, false), NULL::numeric
FROM inspections_finding f
JOIN inspections_inspection i ON i.id = f.inspection_id AND i.owner_id IS NULL
WHERE f.unit_id = ANY (%(units)s) AND f.due_on BETWEEN %(since)s AND %(until)s
    AND f.state <> 'withdrawn'
