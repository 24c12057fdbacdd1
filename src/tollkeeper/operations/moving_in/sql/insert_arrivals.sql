-- Remember what was brought, in the transaction that brings it.
-- Leans on: moving_in_arrival_pkey.
INSERT INTO moving_in_arrival AS known (source, kind, key, digest, thing_id, run_id, outcome)
SELECT %(source)s, %(kind)s, key, digest, thing_id, %(run_id)s, outcome
FROM json_to_recordset(%(arrivals)s::json) AS item (key text, digest text, thing_id uuid, outcome text)
ORDER BY key
ON CONFLICT (source, kind, key) DO UPDATE
SET digest = excluded.digest, thing_id = excluded.thing_id, run_id = excluded.run_id, outcome = excluded.outcome,
    at = clock_timestamp()
