INSERT INTO reservations (host, protocol, port, reason, expires_at, sequence, revision)
VALUES (:host, :protocol, :port, :reason, :expires_at, :sequence, :revision)
ON CONFLICT (host, protocol, port) DO UPDATE
   SET reason = excluded.reason,
       expires_at = excluded.expires_at,
       sequence = excluded.sequence,
       revision = excluded.revision;
