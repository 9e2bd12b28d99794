SELECT outbox_id
  FROM outbox
 WHERE target = :target AND state <> 'waiting'
 ORDER BY settled_at, outbox_id
 LIMIT :limit;
