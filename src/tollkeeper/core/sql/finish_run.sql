-- Keep a run's outcome.
-- Leans on: core_run_pkey.
UPDATE core_run SET state = %(state)s, outcome = %(outcome)s::jsonb, ended_at = clock_timestamp() WHERE id = %(id)s
