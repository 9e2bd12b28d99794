SELECT history_id, service_id, host, protocol, action, old_port, new_port, actor, reason,
       request_id, at, revision
  FROM port_history
 WHERE service_id = :service_id
   AND history_id < coalesce(:before, 9223372036854775807)
 ORDER BY history_id DESC
 LIMIT :limit;
