INSERT INTO moves (move_id, service_id, host, protocol, old_port, new_port, state, phase, force,
                   batch_id, outcome, actor, reason, request_id, started_at, finished_at, revision)
VALUES (:move_id, :service_id, :host, :protocol, :old_port, :new_port, :state, :phase, :force,
        :batch_id, :outcome, :actor, :reason, :request_id, :started_at, :finished_at, :revision)
ON CONFLICT (move_id) DO UPDATE
   SET service_id = excluded.service_id,
       host = excluded.host,
       protocol = excluded.protocol,
       old_port = excluded.old_port,
       new_port = excluded.new_port,
       state = excluded.state,
       phase = excluded.phase,
       force = excluded.force,
       batch_id = excluded.batch_id,
       outcome = excluded.outcome,
       actor = excluded.actor,
       reason = excluded.reason,
       request_id = excluded.request_id,
       started_at = excluded.started_at,
       finished_at = excluded.finished_at,
       revision = excluded.revision;
