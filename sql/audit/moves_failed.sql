-- The moves that were rolled back, the newest first, with the reason.
--
--   sqlite3 -readonly portmanager.db < sql/audit/moves_failed.sql
.mode column --wrap 0
.headers on
SELECT move_id, service_id, host, protocol, old_port, new_port, phase, started_at, finished_at,
       outcome, actor, reason, request_id
  FROM moves
 WHERE state = 'rolled_back'
 ORDER BY move_id DESC;
