-- A contract that still runs or is to begin ends what its file rests by, dormant or closed (§6.1.2).
WITH back AS (
    UPDATE duties_closure c SET until = greatest(c.since, %(as_of)s::date), ended_at = now(),
        ended_why = 'contract'
    WHERE c.verdict = 'consented' AND c.ended_at IS NULL
      AND (%(units)s::int[] IS NULL OR c.unit_id = ANY (%(units)s::int[]))
      AND (%(dossiers)s::uuid[] IS NULL OR c.dossier_id = ANY (%(dossiers)s::uuid[]))
      AND EXISTS (
        SELECT FROM contracts_contract k
        WHERE k.unit_id = c.unit_id AND k.dossier_id = c.dossier_id
          AND least(k.ends_on, k.terminated_on) >= %(as_of)s::date)
    RETURNING c.id, c.unit_id, c.dossier_id
)
UPDATE dossiers_dossier d SET state = 'active' FROM back
WHERE d.unit_id = back.unit_id AND d.id = back.dossier_id
RETURNING d.unit_id, d.id, back.id
