-- Flags that somebody has turned.
-- Leans on: core_flag_pkey.
SELECT name, enabled FROM core_flag
