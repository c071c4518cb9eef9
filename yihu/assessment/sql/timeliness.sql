SELECT unit_id, id,
    coalesce((done_at AT TIME ZONE 'Asia/Shanghai')::date <= due_on, false), NULL::numeric
FROM duties_duty
WHERE unit_id = ANY (%(units)s) AND due_on BETWEEN %(since)s AND %(until)s
    AND kind <> 'rectification' AND dropped_at IS NULL AND waived_at IS NULL
