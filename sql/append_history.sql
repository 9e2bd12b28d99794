INSERT INTO port_history (service_id, host, protocol, action, old_port, new_port, actor, reason,
                          request_id, at, revision)
VALUES (:service_id, :host, :protocol, :action, :old_port, :new_port, :actor, :reason, :request_id,
        :at, :revision);
