INSERT INTO services (service_id, name, host, health_endpoint, process, category, registered_at,
                      revision)
VALUES (:service_id, :name, :host, :health_endpoint, :process, :category, :registered_at, :revision)
ON CONFLICT (service_id) DO UPDATE
   SET name = excluded.name,
       host = excluded.host,
       health_endpoint = excluded.health_endpoint,
       process = excluded.process,
       category = excluded.category,
       registered_at = excluded.registered_at,
       revision = excluded.revision;
