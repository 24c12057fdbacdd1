-- Keep fast-track approvals, once per payment.
-- Leans on: fast_track_approvals_payment_id_key.
INSERT INTO fast_track_approvals
    (timestamp, payment_id, person_id, reference, gateway, amount_minor, currency, checks)
SELECT timestamp, payment_id, person_id, reference, gateway, amount_minor, currency, checks
FROM json_to_recordset(%(approvals)s::json) AS item (
    timestamp timestamptz, payment_id uuid, person_id uuid, reference text, gateway text,
    amount_minor bigint, currency text, checks jsonb
)
ON CONFLICT (payment_id) DO NOTHING
