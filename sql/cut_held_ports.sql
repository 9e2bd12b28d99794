DELETE FROM held_ports WHERE service_id = :service_id AND position >= :count;
