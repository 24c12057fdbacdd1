-- Keep the raw bytes of webhooks with their verdict.
-- Leans on: the partition of the month, else ledger_delivery_default.
INSERT INTO ledger_delivery (id, gateway, received_at, body, headers, digest, verdict, payment_id)
SELECT id, gateway, received_at, decode(body, 'base64'), headers, digest, verdict, payment_id
FROM json_to_recordset(%(deliveries)s::json) AS item (
    id uuid, gateway text, received_at timestamptz, body text, headers jsonb, digest text, verdict text, payment_id uuid
)
