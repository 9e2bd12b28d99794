INSERT INTO changes (revision, at, action, actor, reason, request_id)
VALUES (:revision, :at, :action, :actor, :reason, :request_id);
