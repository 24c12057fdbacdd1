-- The switchboard's one row.
-- Leans on: core_switch holding a single row (core_switch_one_row_check).
SELECT site, payments, access, write, version FROM core_switch
