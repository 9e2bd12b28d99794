INSERT INTO outbox (event_id, target, service_id, old_port, new_port, at, next_attempt_at, revision)
VALUES (:event_id, :target, :service_id, :old_port, :new_port, :at, :at, :revision);
