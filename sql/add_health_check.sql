INSERT INTO health_checks (service_id, port, status, detail, checked_at, revision)
VALUES (:service_id, :port, :status, :detail, :checked_at, :revision);
