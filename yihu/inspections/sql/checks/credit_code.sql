-- §5.2: 18 characters of the alphabet of GB 32100-2015, the last the check character; where the
-- weighted sum is 0 modulo 31 it is 0.
SELECT s.unit_id, s.id, CASE WHEN s.credit_code !~ '^[0-9A-HJ-NPQRTUWXY]{18}$'
    OR substr(%(alphabet)s, (31 - c.total %% 31) %% 31 + 1, 1) <> right(s.credit_code, 1)
    THEN jsonb_build_object('code', s.credit_code) END AS detail
FROM subject s
CROSS JOIN LATERAL (
    SELECT sum((strpos(%(alphabet)s, substr(s.credit_code, place, 1)) - 1)
        * ('{1,3,9,27,19,26,16,17,20,29,25,13,8,24,10,30,28}'::int[])[place])::int AS total
    FROM generate_series(1, 17) AS place
) c
