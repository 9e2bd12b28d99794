SELECT host, protocol, port, reason, expires_at, sequence, hold, service_id
  FROM reservations
 ORDER BY sequence;
