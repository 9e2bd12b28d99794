SELECT service_id, host, protocol, port, contested, sequence, assigned_at
  FROM assignments
 ORDER BY sequence, service_id;
