-- §6.2.2: a remark that stands is looked at again by its day.
SELECT s.unit_id, s.id, CASE WHEN count(*) FILTER (WHERE r.next_check_on < %(cutoff)s) > 0
    THEN jsonb_build_object('remarks', count(*) FILTER (WHERE r.next_check_on < %(cutoff)s),
        'since', min(r.next_check_on)) END AS detail
FROM subject s
JOIN risks_remark r ON r.unit_id = s.unit_id AND r.dossier_id = s.dossier_id
    AND r.raised_at < %(moment)s AND r.state <> 'lifted'
GROUP BY s.unit_id, s.id
