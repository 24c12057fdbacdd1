-- The import of the same words that was begun and not ended: its command was killed.
-- Leans on: core_run_waiting_idx.
SELECT id FROM core_run
WHERE state NOT IN ('done', 'failed') AND name = %(name)s AND arguments = %(arguments)s::jsonb
ORDER BY id DESC
LIMIT 1
