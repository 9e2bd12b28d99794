DELETE FROM health_checks WHERE service_id = :service_id;
