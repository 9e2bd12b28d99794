UPDATE conflicts
   SET closed_at = :closed_at,
       resolution = :resolution,
       revision = :revision
 WHERE conflict_id = :conflict_id;
