SELECT host, protocol, port, reason, expires_at, sequence FROM reservations ORDER BY sequence;
