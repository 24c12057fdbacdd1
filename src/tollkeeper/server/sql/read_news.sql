-- The journal's lines after the newest one read, and those that were missing before it.
-- Leans on: the primary key (id, at) of each partition.
SELECT id, xid::text || '-' || id::text, kind, person_id, payment_id, data
FROM core_journal
WHERE id > %(newest)s OR id = ANY(%(gaps)s::bigint[])
ORDER BY id
LIMIT %(limit)s
