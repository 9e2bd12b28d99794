SELECT conflict_id, type, host, protocol, port, detail, opened_at, closed_at, resolution,
       listener_address, listener_port, listener_pid, listener_process, listener_executable,
       listener_user, listener_unit, listener_started_at, listener_since, revision
  FROM conflicts
 ORDER BY revision DESC, conflict_id DESC
 LIMIT :limit;
