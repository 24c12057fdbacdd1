-- Take the payments whose turn it is, and set when each is asked again if nothing comes of it.
-- The ladder: every 2 s while the customer looks (seen within 15 s), else every 30 s for 30 minutes, then every 15
-- minutes for a day; history sweeps find the rest. Who looks comes first. Proven payments leave the ladder here; those
-- given up leave it by leave_ladder.
-- Leans on: ledger_poll_next_idx (so the time is the statement's, which stands still), SKIP LOCKED for several workers.
WITH due AS (
    SELECT poll.payment_id, greatest(poll.present_at, poll.started_at) AS seen_at,
        poll.present_at > clock_timestamp() - interval '15 seconds' AS present,
        payment.state IN ('paid', 'disputed', 'refunded') AND payment.facts ? 'confirmed' AS proven
    FROM ledger_poll AS poll JOIN ledger_payment AS payment ON payment.id = poll.payment_id
    WHERE poll.next_at <= statement_timestamp()
    ORDER BY present DESC NULLS LAST, poll.next_at
    LIMIT %(limit)s
    FOR NO KEY UPDATE OF poll SKIP LOCKED
), finished AS (
    DELETE FROM ledger_poll USING due
    WHERE ledger_poll.payment_id = due.payment_id AND due.proven
), moved AS (
    UPDATE ledger_poll SET asked = asked + 1, next_at = clock_timestamp() + CASE
        WHEN due.present THEN interval '2 seconds'
        WHEN due.seen_at > clock_timestamp() - interval '30 minutes' THEN interval '30 seconds'
        ELSE interval '15 minutes'
    END
    FROM due
    WHERE ledger_poll.payment_id = due.payment_id AND NOT due.proven
)
SELECT payment_id, seen_at < clock_timestamp() - interval '24 hours' AS given_up FROM due WHERE NOT proven
