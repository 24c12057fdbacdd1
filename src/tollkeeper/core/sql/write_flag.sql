-- Turn a flag.
-- Leans on: core_flag_pkey.
INSERT INTO core_flag (name, enabled) VALUES (%(name)s, %(enabled)s)
ON CONFLICT (name) DO UPDATE SET enabled = excluded.enabled, changed_at = clock_timestamp()
