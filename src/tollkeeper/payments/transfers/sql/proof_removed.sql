-- Note that a proof's file is gone; what its sender called it goes too.
-- Leans on: transfers_file_pkey.
INSERT INTO transfers_file (proof_id, name, removed_at) VALUES (%(id)s, '', statement_timestamp())
ON CONFLICT (proof_id) DO UPDATE SET name = excluded.name, removed_at = excluded.removed_at
