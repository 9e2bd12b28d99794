-- Who has which port now, since when, and by which commit, who asked for it and why. A restore or an
-- import that left a service where it was is no such commit.
--
--   sqlite3 -readonly portmanager.db < sql/audit/assignments_now.sql
.mode column --wrap 0
.headers on
SELECT a.port, a.protocol, a.host, a.service_id, s.name,
       iif(a.contested, 'contested', 'holder') AS standing,
       a.assigned_at, c.revision, c.actor, c.action, c.reason
  FROM assignments AS a
  JOIN services AS s USING (service_id)
  LEFT JOIN changes AS c ON c.revision = coalesce(
       (SELECT h.revision
          FROM port_history AS h
         WHERE h.service_id = a.service_id
           AND h.host = a.host
           AND h.protocol = a.protocol
           AND h.new_port = a.port
           AND h.action <> 'move_failed'
         ORDER BY h.history_id DESC
         LIMIT 1),
       a.revision)
 ORDER BY a.host, a.protocol, a.port, a.sequence;
