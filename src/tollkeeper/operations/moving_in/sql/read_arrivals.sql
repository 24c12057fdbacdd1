-- What has been brought of some rows of an earlier system.
-- Leans on: moving_in_arrival_pkey.
SELECT key, digest, thing_id, run_id, outcome
FROM moving_in_arrival
WHERE source = %(source)s AND kind = %(kind)s AND key = ANY(%(keys)s::text[])
