-- Renew the lease of a run that goes on.
-- Leans on: core_run_pkey.
UPDATE core_run SET state = 'running', taken_at = clock_timestamp() WHERE id = %(id)s
