-- Let nobody else count this subject until the transaction ends.
-- Leans on: nothing; a statement of its own, so that the count after it sees what the last holder wrote.
SELECT pg_advisory_xact_lock(hashtextextended(%(key)s, 0))
