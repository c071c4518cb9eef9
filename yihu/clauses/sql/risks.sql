-- Remarks on risks that were raised and not lifted, as of the day, by kind.
SELECT '6.2.2' || kind AS figure, unit_id, count(*) AS top, NULL::bigint AS bottom
FROM risks_remark
WHERE raised_at < %(until)s AND (lifted_at IS NULL OR lifted_at >= %(until)s)
GROUP BY kind, unit_id
