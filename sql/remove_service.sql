DELETE FROM services WHERE service_id = :service_id;
