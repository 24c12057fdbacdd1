-- How many seconds until the next try is allowed; no row while one is allowed now.
-- Leans on: accounts_attempt_count_idx, read backwards.
SELECT extract(epoch FROM at + make_interval(secs => %(seconds)s) - statement_timestamp())::float
FROM accounts_attempt
WHERE limit_name = %(limit_name)s AND subject = %(subject)s
  AND at > statement_timestamp() - make_interval(secs => %(seconds)s)
ORDER BY at DESC
OFFSET %(allowed_before)s
LIMIT 1
