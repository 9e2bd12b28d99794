SELECT conflict_id, type, host, protocol, port, detail, opened_at, closed_at, resolution
  FROM conflicts
 WHERE closed_at IS NULL
 ORDER BY conflict_id;
