SELECT owner_id, id, state = 'finished', NULL::numeric
FROM inspections_inspection
WHERE owner_id = ANY (%(units)s) AND kind = 'self' AND state <> 'cancelled'
    AND period_end BETWEEN %(since)s AND %(until)s
