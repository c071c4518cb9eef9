-- §4.1b, 6.1.4: fields that a new edition newly requires and the file lacked as it came into force,
-- by the date set with it. No version is approved without what the edition requires.
SELECT o.unit_id, o.dossier_id, o.id AS subject_id,
    (o.happened_at AT TIME ZONE 'Asia/Shanghai')::date AS happened_on, e.deadline_on AS due_on,
    o.happened_at AS counts_from, NULL::timestamptz AS done_at
FROM duties_occasion o
JOIN guide_edition e ON e.id = o.edition_id
WHERE o.kind = 'guide'
