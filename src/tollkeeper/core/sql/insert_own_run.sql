-- Begin a run that its asker does itself; no worker takes it before its lease of ten minutes is over.
-- Leans on: core_run_pkey.
INSERT INTO core_run (id, name, by, arguments, state, taken_at)
VALUES (%(id)s, %(name)s, %(by)s, %(arguments)s::jsonb, 'running', clock_timestamp())
