SELECT history_id, service_id, host, protocol, action, old_port, new_port, actor, reason,
       request_id, at, revision
  FROM port_history
 WHERE action <> 'move_failed' AND old_port IS NOT new_port
 ORDER BY history_id DESC
 LIMIT :limit;
