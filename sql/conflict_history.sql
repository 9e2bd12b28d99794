SELECT conflict_id, type, host, protocol, port, detail, opened_at, closed_at, resolution,
       listener_address, listener_port, listener_pid, listener_process, listener_executable,
       listener_user, listener_unit, listener_started_at, listener_since
  FROM conflicts
 WHERE conflict_id < coalesce(:before, 9223372036854775807)
   AND (:since IS NULL OR closed_at IS NULL OR closed_at >= :since)
 ORDER BY conflict_id DESC
 LIMIT :limit;
