-- Take the oldest run that waits, or whose worker was lost; the lease is ten minutes.
-- Leans on: core_run_waiting_idx.
UPDATE core_run SET state = 'running', taken_at = clock_timestamp()
WHERE id = (
    SELECT id FROM core_run
    WHERE state = 'waiting' OR (state = 'running' AND taken_at < clock_timestamp() - interval '10 minutes')
    ORDER BY id
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, name, arguments
