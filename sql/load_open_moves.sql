SELECT move_id, service_id, host, protocol, old_port, new_port, state, phase, force, batch_id,
       outcome, actor, reason, request_id, started_at, finished_at
  FROM moves
 WHERE state IN ('planned', 'pending')
 ORDER BY move_id;
