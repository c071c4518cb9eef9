-- §4.3c: a letter whose answer was due before the cut-off has one, or a reason why it needs none.
SELECT s.unit_id, s.id, CASE WHEN count(*) FILTER (WHERE l.late) > 0
    THEN jsonb_build_object('letters', jsonb_agg(l.said ORDER BY l.said) FILTER (WHERE l.late))
    END AS detail
FROM subject s
JOIN (
    SELECT l.unit_id, l.dossier_id,
        CASE l.direction WHEN 'in' THEN '来' ELSE '去' END || l.year || '-'
            || lpad(l.serial::text, 4, '0') AS said,
        l.waived_at IS NULL AND NOT EXISTS (
            SELECT FROM letters_letter a WHERE a.unit_id = l.unit_id AND a.answers_id = l.id
              AND a.voided_at IS NULL AND a.dated_on <= %(cutoff)s) AS late
    FROM letters_letter l
    WHERE l.voided_at IS NULL AND l.reply_due_on < %(cutoff)s
) l ON l.unit_id = s.unit_id AND l.dossier_id = s.dossier_id
GROUP BY s.unit_id, s.id
