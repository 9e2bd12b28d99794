SELECT service_id, port FROM held_ports ORDER BY service_id, position;
