-- Forget periodic jobs that ended a week ago, and give back those whose worker was lost.
-- Leans on: procrastinate's own tables; its events go with their jobs.
WITH forgotten AS (
    DELETE FROM procrastinate_jobs
    WHERE status IN ('succeeded', 'failed', 'cancelled', 'aborted')
      AND scheduled_at < now() - interval '7 days'
    RETURNING 1
)
SELECT count(*) FROM forgotten
