SELECT service_id, name, host, health_endpoint, process, category, registered_at FROM services;
