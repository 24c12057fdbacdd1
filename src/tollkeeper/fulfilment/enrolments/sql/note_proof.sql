-- Remember when the proof last ran, and when it last held.
-- Leans on: enrolments_proof_pkey.
INSERT INTO enrolments_proof AS proof (kind, ran_at, held_at, missing, unpaid)
VALUES (%(kind)s, clock_timestamp(), CASE WHEN %(held)s THEN clock_timestamp() END, %(missing)s, %(unpaid)s)
ON CONFLICT (kind) DO UPDATE SET
    ran_at = excluded.ran_at,
    held_at = coalesce(excluded.held_at, proof.held_at),
    missing = excluded.missing,
    unpaid = excluded.unpaid
