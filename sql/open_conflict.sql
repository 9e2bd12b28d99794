INSERT INTO conflicts (conflict_id, type, host, protocol, port, detail, opened_at, closed_at,
                       resolution, revision)
VALUES (:conflict_id, :type, :host, :protocol, :port, :detail, :opened_at, NULL, '', :revision)
ON CONFLICT (conflict_id) DO UPDATE
   SET type = excluded.type,
       host = excluded.host,
       protocol = excluded.protocol,
       port = excluded.port,
       detail = excluded.detail,
       opened_at = excluded.opened_at,
       closed_at = NULL,
       resolution = '',
       revision = excluded.revision;
