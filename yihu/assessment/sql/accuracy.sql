SELECT s.unit_id, s.id, f.subject_id IS NULL, NULL::numeric
FROM inspections_inspection i
JOIN inspections_subject s ON s.inspection_id = i.id AND s.whole
LEFT JOIN (
    SELECT DISTINCT unit_id, subject_id FROM inspections_finding
    WHERE unit_id = ANY (%(units)s) AND state <> 'withdrawn' AND severity >= 2
        AND cause IN ('wrong', 'mismatch', 'review', 'risk', 'people', 'other')
) f ON f.unit_id = s.unit_id AND f.subject_id = s.id
WHERE i.owner_id IS NULL AND i.period_end BETWEEN %(since)s AND %(until)s
    AND i.state IN ('open', 'finished') AND s.unit_id = ANY (%(units)s)
