SELECT conflict_id, type, host, protocol, port, detail, opened_at, closed_at, resolution,
       listener_address, listener_port, listener_pid, listener_process, listener_executable,
       listener_user, listener_unit, listener_started_at, listener_since
  FROM conflicts
 WHERE closed_at IS NULL
 ORDER BY conflict_id;
