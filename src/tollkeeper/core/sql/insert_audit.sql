-- Add an audit line.
-- Leans on: a trigger that refuses UPDATE, DELETE and TRUNCATE (core_audit_append_only).
INSERT INTO core_audit (act, thing, by, data) VALUES (%(act)s, %(thing)s, %(by)s, %(data)s::jsonb)
