-- Ask for a run.
-- Leans on: core_run_pkey.
INSERT INTO core_run (id, name, by, arguments) VALUES (%(id)s, %(name)s, %(by)s, %(arguments)s::jsonb)
