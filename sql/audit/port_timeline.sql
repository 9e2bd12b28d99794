-- All that happened to a port, oldest first: who got it, who left it, its conflicts.
-- Without the parameter: to every port.
--
--   sqlite3 -readonly portmanager.db -cmd ".parameter set @port 8000" < sql/audit/port_timeline.sql
.mode column --wrap 0
.headers on
SELECT at, revision, port, protocol, host, event, service_id, actor, reason, request_id
  FROM (
    SELECT at, revision, 1 AS kind, history_id AS id, new_port AS port, protocol, host,
           iif(action = 'move_failed', 'not reached', 'taken') || ' (' || action || ')' AS event,
           service_id, actor, reason, request_id
      FROM port_history
     WHERE new_port IS NOT NULL
    UNION ALL
    SELECT at, revision, 1, history_id, old_port, protocol, host,
           iif(action = 'move_failed', 'kept', 'left') || ' (' || action || ')',
           service_id, actor, reason, request_id
      FROM port_history
     WHERE old_port IS NOT NULL AND old_port IS NOT new_port
    UNION ALL
    SELECT opened_at, NULL, 2, conflict_id, port, protocol, host,
           'conflict ' || conflict_id || ' opened (' || type || ')',
           (SELECT group_concat(service_id, ' ') FROM conflict_services AS s
             WHERE s.conflict_id = c.conflict_id),
           '', detail, ''
      FROM conflicts AS c
    UNION ALL
    SELECT closed_at, revision, 3, conflict_id, port, protocol, host,
           'conflict ' || conflict_id || ' closed (' || type || ')',
           (SELECT group_concat(service_id, ' ') FROM conflict_services AS s
             WHERE s.conflict_id = c.conflict_id),
           '', resolution, ''
      FROM conflicts AS c
     WHERE closed_at IS NOT NULL
  )
 WHERE port = coalesce(@port, port)
 ORDER BY at, kind, id;
