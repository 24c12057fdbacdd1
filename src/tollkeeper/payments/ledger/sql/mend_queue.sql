-- Put into the queue what waits and is not in it: nothing, unless somebody wrote past settle. Returns what was missing.
-- Leans on: one pass over the payments; run once an hour. A payment that settle holds is left to settle.
WITH missing AS (
    SELECT id FROM ledger_payment AS payment
    WHERE (access IN ('pending', 'suspended') AND state <> 'disputed' OR (state = 'questioned' AND access = 'none'))
      AND NOT EXISTS (SELECT FROM ledger_queue WHERE payment_id = payment.id AND waits)
    ORDER BY id FOR UPDATE SKIP LOCKED
)
INSERT INTO ledger_queue AS queued (payment_id, waits)
SELECT id, true FROM missing
ON CONFLICT (payment_id) DO UPDATE SET waits = true, changed_at = clock_timestamp()
RETURNING payment_id
