-- What happened to payments after a line, in the order of its numbers; the reader overlaps and forgets doubles.
-- Leans on: the primary key (id, at) of each partition.
SELECT id, xid::text || '-' || id::text, person_id, payment_id, data
FROM core_journal
WHERE id > %(after)s AND payment_id IS NOT NULL AND data ? 'access'
ORDER BY id
LIMIT 5000
