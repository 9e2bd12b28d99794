-- Who sat on whose port, from when to when: foreign processes that listened on a service's port, the
-- newest first. Without the parameter: on every port.
-- `seen_at` and `gone_at` are when the Port Manager was sure of it; gone_at is empty while the process
-- is still there. `listening_since` is when its socket was first seen.
--
--   sqlite3 -readonly portmanager.db -cmd ".parameter set @port 8000" < sql/audit/squatters.sql
.mode column --wrap 0
.headers on
SELECT c.port, c.protocol, c.host,
       (SELECT group_concat(service_id, ' ') FROM conflict_services AS s
         WHERE s.conflict_id = c.conflict_id) AS whose,
       iif(c.listener_pid = 0, 'not visible', c.listener_process) AS process,
       nullif(c.listener_pid, 0) AS pid, c.listener_executable AS executable,
       c.listener_user AS user, c.listener_unit AS unit, c.listener_address AS address,
       c.listener_started_at AS started_at, c.listener_since AS listening_since,
       c.opened_at AS seen_at, c.closed_at AS gone_at,
       round((julianday(c.closed_at) - julianday(c.opened_at)) * 86400, 3) AS seconds,
       c.resolution, c.conflict_id
  FROM conflicts AS c
 WHERE c.type = 'system_conflict'
   AND c.listener_address IS NOT NULL
   AND c.port = coalesce(@port, c.port)
 ORDER BY c.opened_at DESC, c.conflict_id DESC;
