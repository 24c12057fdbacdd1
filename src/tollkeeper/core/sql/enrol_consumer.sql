-- Make a consumer's cursor at the beginning of the journal, once.
-- Leans on: core_consumer_pkey. The first id is below every negative one that adopt_restored hands out.
INSERT INTO core_consumer (name, xid, id) VALUES (%(name)s, '0', -9223372036854775808) ON CONFLICT (name) DO NOTHING
