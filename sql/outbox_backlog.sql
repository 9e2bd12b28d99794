SELECT (SELECT count(*) FROM outbox WHERE target = :target AND state = 'waiting'),
       (SELECT at FROM outbox WHERE target = :target AND state = 'waiting'
         ORDER BY outbox_id LIMIT 1),
       delivered, given_up, superseded
  FROM outbox_totals
 WHERE target = :target;
