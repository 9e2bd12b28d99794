SELECT history_id, service_id, host, protocol, action, old_port, new_port, actor, reason,
       request_id, at, revision
  FROM port_history
 WHERE history_id < coalesce(:before, 9223372036854775807)
   AND (:since IS NULL OR at >= :since)
 ORDER BY history_id DESC
 LIMIT :limit;
