-- Make the partitions of this month and the next, through a function that runs as the tables' owner.
-- Leans on: core_ensure_partitions.
SELECT core_ensure_partitions(%(table)s, %(months)s)
