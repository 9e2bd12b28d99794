-- The conflicts that are open, the oldest first.
--
--   sqlite3 -readonly portmanager.db < sql/audit/conflicts_open.sql
.mode column --wrap 0
.headers on
SELECT c.conflict_id, c.type, c.port, c.protocol, c.host,
       (SELECT group_concat(service_id, ' ') FROM conflict_services AS s
         WHERE s.conflict_id = c.conflict_id) AS services,
       c.opened_at, c.detail
  FROM conflicts AS c
 WHERE c.closed_at IS NULL
 ORDER BY c.conflict_id;
