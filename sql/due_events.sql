SELECT outbox_id, event_id, service_id, old_port, new_port, at, attempts
  FROM outbox
 WHERE target = :target AND is_next = 1 AND next_attempt_at <= :now
 ORDER BY next_attempt_at, outbox_id
 LIMIT :limit;
