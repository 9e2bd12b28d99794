INSERT INTO reservations (host, protocol, port, reason, expires_at, sequence, hold, service_id,
                          revision)
VALUES (:host, :protocol, :port, :reason, :expires_at, :sequence, :hold, :service_id, :revision)
ON CONFLICT (host, protocol, port) DO UPDATE
   SET reason = excluded.reason,
       expires_at = excluded.expires_at,
       sequence = excluded.sequence,
       hold = excluded.hold,
       service_id = excluded.service_id,
       revision = excluded.revision;
