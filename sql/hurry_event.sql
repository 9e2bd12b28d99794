UPDATE outbox SET next_attempt_at = :now WHERE outbox_id = :outbox_id AND state = 'waiting';
