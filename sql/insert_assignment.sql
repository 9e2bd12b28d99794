INSERT INTO assignments (service_id, host, protocol, port, contested, sequence, assigned_at,
                         revision)
VALUES (:service_id, :host, :protocol, :port, :contested, :sequence, :assigned_at, :revision);
