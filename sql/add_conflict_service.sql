INSERT INTO conflict_services (conflict_id, position, service_id)
VALUES (:conflict_id, :position, :service_id);
