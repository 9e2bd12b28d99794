-- What somebody has changed, oldest first, with the ports that each change gave or took.
-- Without the parameter: everybody, one after the other.
--
--   sqlite3 -readonly portmanager.db -cmd ".parameter set @actor 'alice'" \
--     < sql/audit/changes_by_actor.sql
.mode column --wrap 0
.headers on
SELECT c.actor, c.revision, c.at, c.action, c.reason, c.request_id,
       (SELECT group_concat(h.service_id || ': ' || coalesce(h.old_port, 'none') || ' -> '
                            || coalesce(h.new_port, 'none'), ', ')
          FROM port_history AS h
         WHERE h.revision = c.revision) AS ports
  FROM changes AS c
 WHERE c.actor = coalesce(@actor, c.actor)
 ORDER BY c.actor, c.revision;
