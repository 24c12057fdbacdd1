-- A callback says paid and the gateway has not agreed yet: ask it at once, and for a day from now.
-- Leans on: ledger_poll_pkey.
INSERT INTO ledger_poll AS poll (payment_id, next_at)
SELECT id::uuid, clock_timestamp() FROM json_array_elements_text(%(ids)s::json) AS claimed (id) ORDER BY id
ON CONFLICT (payment_id) DO UPDATE
SET next_at = least(poll.next_at, excluded.next_at), started_at = excluded.started_at
