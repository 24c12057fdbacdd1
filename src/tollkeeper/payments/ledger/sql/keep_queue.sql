-- Note which payments wait for staff, and which do so no longer.
-- Leans on: ledger_queue_pkey. Their payments are locked before, so nobody waits here.
INSERT INTO ledger_queue AS queued (payment_id, waits)
SELECT id, waits FROM json_to_recordset(%(queued)s::json) AS item (id uuid, waits boolean)
ORDER BY id
ON CONFLICT (payment_id) DO UPDATE SET waits = excluded.waits, changed_at = clock_timestamp()
