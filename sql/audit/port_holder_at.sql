-- Who had a port at a point in time, and since when. More than one row: it was contested.
-- Without @port: every port; without @at: now.
--
--   sqlite3 -readonly portmanager.db -cmd ".parameter set @port 8000" \
--     -cmd ".parameter set @at '2026-11-22T20:05:10.123Z'" < sql/audit/port_holder_at.sql
.mode column --wrap 0
.headers on
WITH last AS (
  SELECT service_id, max(history_id) AS history_id
    FROM port_history
   WHERE at <= coalesce(@at, '9999')
     AND action <> 'move_failed'
   GROUP BY service_id
)
SELECT h.new_port AS port, h.protocol, h.host, h.service_id, h.at AS since, h.action, h.actor,
       h.reason, h.request_id, h.revision
  FROM last
  JOIN port_history AS h USING (history_id)
 WHERE h.new_port = coalesce(@port, h.new_port)
 ORDER BY h.new_port, h.history_id;
