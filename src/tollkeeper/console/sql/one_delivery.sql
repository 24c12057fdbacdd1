-- One raw webhook.
-- Leans on: the primary key (id, received_at) of each partition.
SELECT id, gateway, received_at, body, headers, digest, verdict, payment_id FROM ledger_delivery WHERE id = %(id)s
