-- What waits, in one glance: interventions open and overdue, the nearest deadline, webhooks not settled, messages given up.
-- Leans on: ledger_intervention_one_open_key; messaging_outbox_given_up_idx.
SELECT count(*) AS open, count(*) FILTER (WHERE deadline < now()) AS overdue, min(deadline) AS nearest,
    count(*) FILTER (WHERE trouble = 'unsettled') AS unsettled,
    (SELECT count(*) FROM (SELECT FROM messaging_outbox WHERE state = 'failed' LIMIT 1000) AS given_up) AS given_up
FROM ledger_intervention WHERE closed_at IS NULL
