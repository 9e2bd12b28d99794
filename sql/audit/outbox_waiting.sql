-- The port changes that Hub and Ninja are still to be told, in the order in which each service's must
-- arrive. `due_at` is when the next attempt is made; it is empty behind an older event of the same
-- service, which goes first.
--
--   sqlite3 -readonly portmanager.db < sql/audit/outbox_waiting.sql
.mode column --wrap 0
.headers on
SELECT o.target, o.service_id, o.outbox_id, o.old_port, o.new_port, o.at AS changed_at, o.attempts,
       iif(o.is_next, o.next_attempt_at, NULL) AS due_at, o.last_error,
       c.actor, c.request_id, o.revision
  FROM outbox AS o
  LEFT JOIN changes AS c ON c.revision = o.revision
 WHERE o.state = 'waiting'
 ORDER BY o.target, o.service_id, o.outbox_id;
