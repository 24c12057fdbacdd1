-- Where to begin listening: a little before the newest line, for transactions that are under way.
-- Leans on: the primary key (id, at) of each partition.
SELECT coalesce(max(id), 0) - 100 FROM core_journal
