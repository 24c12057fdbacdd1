-- Take a consumer's cursor for this transaction, or nothing when another process has it.
-- Leans on: core_consumer_pkey.
SELECT xid::text, id FROM core_consumer WHERE name = %(name)s FOR UPDATE SKIP LOCKED
