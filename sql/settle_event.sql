UPDATE outbox
   SET state = :state,
       settled_at = :settled_at,
       attempts = attempts + 1,
       next_attempt_at = coalesce(:retry_at, next_attempt_at),
       last_error = coalesce(:error, last_error)
 WHERE outbox_id = :outbox_id AND state = 'waiting';
