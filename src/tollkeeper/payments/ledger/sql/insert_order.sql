-- Store an order with its lines and a first payment, and put the payment on the ladder of polls if it can be asked about.
-- Leans on: ledger_order_reference_key for the reference.
WITH placed AS (
    INSERT INTO ledger_order (id, reference, person_id, currency, total_minor, language, signed_in, created_at)
    VALUES (%(order_id)s, %(reference)s, %(person_id)s, %(currency)s, %(total_minor)s, %(language)s, %(signed_in)s,
        coalesce(%(at)s::timestamptz, now()))
    RETURNING id
), lined AS (
    INSERT INTO ledger_order_line (id, order_id, item, title, amount_minor)
    SELECT line.id, placed.id, item, title, amount_minor
    FROM placed, json_to_recordset(%(lines)s::json) AS line (id uuid, item text, title text, amount_minor bigint)
), paying AS (
    INSERT INTO ledger_payment (id, order_id, person_id, reference, gateway, amount_minor, currency, lines)
    SELECT %(payment_id)s, id, %(person_id)s, %(reference)s, %(gateway)s, %(total_minor)s, %(currency)s, %(short)s::jsonb
    FROM placed
    RETURNING id
)
INSERT INTO ledger_poll (payment_id, next_at)
SELECT id, clock_timestamp() + interval '5 seconds' FROM paying WHERE %(asked)s
