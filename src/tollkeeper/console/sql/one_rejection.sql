-- One rejected webhook that was kept.
-- Leans on: ledger_rejection_pkey.
SELECT id, hour, reason, network, at, path, headers, body FROM ledger_rejection WHERE id = %(id)s
