INSERT INTO settings (key, value, revision)
VALUES (:key, :value, :revision)
ON CONFLICT (key) DO UPDATE
   SET value = excluded.value,
       revision = excluded.revision;
