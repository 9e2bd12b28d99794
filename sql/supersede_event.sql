UPDATE outbox SET state = 'superseded', settled_at = :at
 WHERE outbox_id = :outbox_id AND state = 'waiting' AND is_next = 0;
