SELECT outbox_id
  FROM outbox AS early
 WHERE target = :target AND state = 'waiting' AND is_next = 0
   AND EXISTS (SELECT 1 FROM outbox AS late
                WHERE late.target = early.target AND late.service_id = early.service_id
                  AND late.state = 'waiting' AND late.outbox_id > early.outbox_id)
 ORDER BY outbox_id
 LIMIT :limit;
