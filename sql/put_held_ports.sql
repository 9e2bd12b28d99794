-- Only the rows that differ are written, so that a long list costs one row when it grows by one.
INSERT INTO held_ports (service_id, position, port, revision)
SELECT :service_id, key, value, :revision FROM json_each(:ports) WHERE true
ON CONFLICT (service_id, position) DO UPDATE
   SET port = excluded.port,
       revision = excluded.revision
 WHERE port <> excluded.port;
