DELETE FROM outbox WHERE outbox_id = :outbox_id AND state <> 'waiting';
