-- Letters, originals, needs, amounts: what was kept and answered, as of the day.
SELECT '4.3c' AS figure, l.unit_id,
    count(*) FILTER (WHERE answered.on_day <= l.reply_due_on) AS top, count(*) AS bottom
FROM letters_letter l
LEFT JOIN LATERAL (
    SELECT min(a.dated_on) AS on_day FROM letters_letter a
    WHERE a.unit_id = l.unit_id AND a.answers_id = l.id AND a.entered_at < %(until)s
        AND (a.voided_at IS NULL OR a.voided_at >= %(until)s)
) answered ON true
WHERE l.entered_at < %(until)s AND l.reply_due_on >= %(month)s AND l.reply_due_on < %(next)s
    AND (l.voided_at IS NULL OR l.voided_at >= %(until)s)
    AND (l.waived_at IS NULL OR l.waived_at >= %(until)s)
    AND (answered.on_day IS NOT NULL OR l.reply_due_on < %(day)s)
GROUP BY l.unit_id
UNION ALL
SELECT '3a', unit_id, count(*) FILTER (WHERE answered_on < %(after)s), count(*)
FROM visits_need
WHERE heard_on < %(after)s AND heard_on >= %(next)s::date - interval '1 year'
GROUP BY unit_id
UNION ALL
SELECT '3c', c.unit_id, count(*) FILTER (WHERE kept.there), count(*)
FROM contracts_contract c
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM originals_original o WHERE o.unit_id = c.unit_id
        AND o.dossier_id = c.dossier_id AND o.contract_number = c.number
        AND o.state <> 'destroyed' AND o.entered_at < %(until)s) AS there
) kept
WHERE c.signed_on < %(after)s
GROUP BY c.unit_id
UNION ALL
SELECT '5.2', unit_id,
    count(*) FILTER (WHERE abs(amount_yuan - actual * price_yuan
        * CASE quantity_unit WHEN 'wan_m3' THEN 10000 ELSE 1 END) <= greatest(1, amount_yuan / 100)),
    count(*)
FROM contracts_offtake
WHERE month = %(month)s::date - interval '1 month' AND entered_at < %(until)s
    AND amount_yuan IS NOT NULL AND price_yuan IS NOT NULL
GROUP BY unit_id
UNION ALL
SELECT '6.3.3', unit_id, count(*) FILTER (WHERE due_on >= %(day)s), count(*)
FROM originals_loan
WHERE handed_at < %(until)s AND (returned_at IS NULL OR returned_at >= %(until)s)
GROUP BY unit_id
