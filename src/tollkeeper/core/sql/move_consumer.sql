-- Move a consumer's cursor, in the transaction of its effect.
-- Leans on: core_consumer_pkey.
UPDATE core_consumer SET xid = %(xid)s::xid8, id = %(id)s, moved_at = clock_timestamp() WHERE name = %(name)s
