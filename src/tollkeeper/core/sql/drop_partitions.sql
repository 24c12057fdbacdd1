-- Drop the months whose time is over, through a function that runs as the tables' owner.
-- Leans on: core_drop_partitions.
SELECT core_drop_partitions(%(table)s, %(keep_days)s)
