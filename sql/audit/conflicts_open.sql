-- The conflicts that are open, the oldest first, and who listens where there is a listener: of a
-- system_conflict the stranger, of a drift the service itself.
--
--   sqlite3 -readonly portmanager.db < sql/audit/conflicts_open.sql
.mode column --wrap 0
.headers on
SELECT c.conflict_id, c.type, c.port, c.protocol, c.host,
       (SELECT group_concat(service_id, ' ') FROM conflict_services AS s
         WHERE s.conflict_id = c.conflict_id) AS services,
       iif(c.listener_pid = 0, 'a process that could not be seen',
           c.listener_process || ' (pid ' || c.listener_pid || ')')
         || ' on ' || c.listener_address || ', port ' || c.listener_port AS listener,
       c.listener_executable AS executable, c.listener_user AS user,
       c.opened_at, c.detail
  FROM conflicts AS c
 WHERE c.closed_at IS NULL
 ORDER BY c.conflict_id;
