-- §5.4: what the guide in force requires of this class, these gas uses and these facts, and what
-- of it is empty; as `guide.rules.completeness` reckons it.
SELECT f.unit_id, f.id, CASE WHEN cardinality(m.missing) > 0 THEN jsonb_build_object(
    'required', m.required, 'filled', m.required - cardinality(m.missing), 'missing', m.missing)
    END AS detail
FROM fact f
CROSS JOIN LATERAL (
    SELECT count(*) AS required, coalesce(array_agg(w.code ORDER BY w.place)
        FILTER (WHERE NOT inspection_filled(f.facts -> w.code)), '{}') AS missing
    FROM (
        SELECT code, always, string_to_array(classes, ',') AS classes,
            string_to_array(uses, ',') AS uses, other, string_to_array(any_of, ',') AS any_of,
            string_to_array(none_of, ',') AS none_of, place
        FROM unnest(%(wanted)s::text[], %(always)s::boolean[], %(classes)s::text[],
            %(uses)s::text[], %(others)s::text[], %(any_of)s::text[], %(none_of)s::text[])
            WITH ORDINALITY AS t (code, always, classes, uses, other, any_of, none_of, place)
        OFFSET 0
    ) w
    WHERE w.always OR f.klass = ANY (w.classes)
       OR cardinality(w.uses) > 0 AND coalesce(f.facts -> 'gas_use' ?| w.uses, false)
       OR w.other <> '' AND cardinality(w.any_of) > 0
          AND inspection_says(f.facts -> w.other, w.any_of)
       OR w.other <> '' AND cardinality(w.any_of) = 0
          AND NOT inspection_says(f.facts -> w.other, w.none_of)
) m
