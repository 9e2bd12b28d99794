DELETE FROM conflict_services WHERE conflict_id = :conflict_id;
