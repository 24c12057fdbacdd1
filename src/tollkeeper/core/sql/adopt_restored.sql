-- Renumber restored lines below all that will follow, in their old order, and carry each cursor along.
-- Leans on: nothing; it rewrites the whole journal once after a restore. xid 3 is the first ordinary one, so it is
-- below every cluster's horizon; negative ids cannot meet a live line's.
WITH base AS (
    SELECT least(min(id), 0) - count(*) - 1 AS floor FROM core_journal
), renumbered AS (
    SELECT id AS old_id, at, xid AS old_xid, base.floor + row_number() OVER (ORDER BY xid, id) AS new_id
    FROM core_journal, base
), cursors AS (
    UPDATE core_consumer AS consumer
    SET xid = '3',
        id = (
            SELECT coalesce(max(new_id), base.floor) FROM renumbered
            WHERE (old_xid, old_id) <= (consumer.xid, consumer.id)
        )
    FROM base
), lines AS (
    UPDATE core_journal AS line SET xid = '3', id = new_id
    FROM renumbered
    WHERE line.id = old_id AND line.at = renumbered.at
    RETURNING 1
)
SELECT count(*) FROM lines
