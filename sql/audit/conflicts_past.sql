-- The conflicts that are over, the newest first: how long they lasted, how they ended, and who was
-- listening where there was a listener.
--
--   sqlite3 -readonly portmanager.db < sql/audit/conflicts_past.sql
.mode column --wrap 0
.headers on
SELECT c.conflict_id, c.type, c.port, c.protocol, c.host,
       (SELECT group_concat(service_id, ' ') FROM conflict_services AS s
         WHERE s.conflict_id = c.conflict_id) AS services,
       iif(c.listener_pid = 0, 'a process that could not be seen',
           c.listener_process || ' (pid ' || c.listener_pid || ')')
         || ' on ' || c.listener_address || ', port ' || c.listener_port AS listener,
       c.listener_executable AS executable, c.listener_user AS user,
       c.opened_at, c.closed_at,
       round((julianday(c.closed_at) - julianday(c.opened_at)) * 86400, 3) AS seconds,
       c.resolution, h.actor, h.request_id
  FROM conflicts AS c
  LEFT JOIN changes AS h ON h.revision = c.revision
 WHERE c.closed_at IS NOT NULL
 ORDER BY c.closed_at DESC, c.conflict_id DESC;
