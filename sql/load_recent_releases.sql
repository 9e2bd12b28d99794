-- The columns are those of history_of_service.
SELECT *
  FROM (SELECT history_id, service_id, host, protocol, action, old_port, new_port, actor, reason,
               request_id, at, revision
          FROM port_history
         WHERE old_port IS NOT new_port
           AND old_port IS NOT NULL
           AND action <> 'move_failed'
         ORDER BY history_id DESC
         LIMIT 10000)
 ORDER BY history_id;
