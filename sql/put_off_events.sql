SELECT outbox_id
  FROM outbox
 WHERE target = :target AND state = 'waiting' AND next_attempt_at > :now
 ORDER BY outbox_id;
