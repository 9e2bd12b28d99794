DELETE FROM assignments WHERE service_id = :service_id;
