-- The port changes that Hub and Ninja were not told and will not be, the newest first: refused for
-- good by the target, or superseded by a later one of the same service while too many were waiting.
-- Only as far as the rows are kept; the table outbox_totals has the counts since the beginning.
--
--   sqlite3 -readonly portmanager.db < sql/audit/outbox_given_up.sql
.mode column --wrap 0
.headers on
SELECT o.target, o.service_id, o.outbox_id, o.old_port, o.new_port, o.at AS changed_at, o.state,
       o.settled_at AS ended_at, o.attempts, o.last_error,
       c.actor, c.reason, c.request_id, o.revision
  FROM outbox AS o
  LEFT JOIN changes AS c ON c.revision = o.revision
 WHERE o.state IN ('given_up', 'superseded')
 ORDER BY o.settled_at DESC, o.outbox_id DESC;
