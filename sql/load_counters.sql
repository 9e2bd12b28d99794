SELECT (SELECT coalesce(max(revision), 0) FROM changes) AS revision,
       (SELECT coalesce(max(move_id), 0) + 1 FROM moves) AS next_move_id,
       (SELECT coalesce(max(conflict_id), 0) + 1 FROM conflicts) AS next_conflict_id,
       (SELECT count(*) FROM moves WHERE state = 'committed') AS ports_reassigned;
