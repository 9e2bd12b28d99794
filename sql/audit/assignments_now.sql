-- Who has which port now, and by which commit, who asked for it and why.
--
--   sqlite3 -readonly portmanager.db < sql/audit/assignments_now.sql
.mode column --wrap 0
.headers on
SELECT a.port, a.protocol, a.host, a.service_id, s.name,
       iif(a.contested, 'contested', 'holder') AS standing,
       a.assigned_at, a.revision, c.actor, c.action, c.reason
  FROM assignments AS a
  JOIN services AS s USING (service_id)
  LEFT JOIN changes AS c ON c.revision = a.revision
 ORDER BY a.host, a.protocol, a.port, a.sequence;
