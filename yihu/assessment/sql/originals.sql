SELECT l.unit_id, l.id, l.result IN ('found', 'misplaced', 'out'), NULL::numeric
FROM originals_stocktake t
JOIN originals_stocktakeline l ON l.unit_id = t.unit_id AND l.stocktake_id = t.id
WHERE t.unit_id = ANY (%(units)s) AND t.closed_at >= %(begins)s AND t.closed_at < %(moment)s
