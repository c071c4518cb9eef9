SELECT unit_id, id, false, points FROM assessment_entry
WHERE unit_id = ANY (%(units)s) AND kind = 'breach' AND happened_on BETWEEN %(since)s AND %(until)s
    AND withdrawn_at IS NULL
