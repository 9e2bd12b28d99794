-- Of a service with as many checks as are kept, what was before the first of them is not known.
WITH checks AS (
  SELECT check_id, service_id, port, status, detail, checked_at, revision,
         lag(status) OVER by_age AS previous,
         count(*) OVER (PARTITION BY service_id) AS kept
    FROM health_checks
  WINDOW by_age AS (PARTITION BY service_id ORDER BY check_id)
)
SELECT service_id, port, status, detail, checked_at, revision
  FROM checks
 WHERE status <> coalesce(previous, CASE WHEN kept < 100 THEN 'unknown' ELSE status END)
 ORDER BY revision DESC, check_id DESC
 LIMIT :limit;
