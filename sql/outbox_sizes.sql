SELECT (SELECT count(*) FROM outbox WHERE target = :target AND state = 'waiting'),
       (SELECT count(*) FROM outbox WHERE target = :target AND state <> 'waiting');
