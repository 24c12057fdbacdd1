-- Delete tries that no limit counts any more.
-- Leans on: nothing; the table holds an hour of tries.
DELETE FROM accounts_attempt WHERE at <= statement_timestamp() - make_interval(secs => %(seconds)s)
