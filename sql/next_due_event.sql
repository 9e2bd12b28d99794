SELECT min(next_attempt_at)
  FROM outbox
 WHERE target = :target AND is_next = 1 AND next_attempt_at > :now;
