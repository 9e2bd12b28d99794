SELECT service_id FROM conflict_services WHERE conflict_id = :conflict_id ORDER BY position;
