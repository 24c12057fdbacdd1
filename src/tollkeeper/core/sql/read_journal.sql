-- Read on from a position, below the horizon: no open transaction can still put a line before these.
-- Leans on: core_journal_xid_id_idx. Ordered by the table's own xid: the column told here is a text, and sorts as one.
SELECT xid::text, id, at, kind, payment_id, person_id, data
FROM core_journal
WHERE (xid, id) > (%(xid)s::xid8, %(id)s::bigint)
  AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY core_journal.xid, core_journal.id
LIMIT %(limit)s
