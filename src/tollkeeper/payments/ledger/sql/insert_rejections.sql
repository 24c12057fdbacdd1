-- Keep the first rejected webhooks of each kind as security events.
-- Leans on: the writer's bounds; nothing here limits them.
INSERT INTO ledger_rejection (id, hour, reason, network, path, headers, body)
SELECT id, hour, reason, network, path, headers, decode(body, 'base64')
FROM json_to_recordset(%(rejections)s::json) AS item (
    id uuid, hour timestamptz, reason text, network text, path text, headers jsonb, body text
)
