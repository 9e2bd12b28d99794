SELECT service_id, port, status, detail, checked_at
  FROM health_checks
 WHERE check_id IN (SELECT max(check_id) FROM health_checks GROUP BY service_id);
