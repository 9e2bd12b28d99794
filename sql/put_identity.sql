INSERT INTO identities (service_id, boot_id, pid, start_ticks, inode, executable, named_itself,
                        learned_at, revision)
VALUES (:service_id, :boot_id, :pid, :start_ticks, :inode, :executable, :named_itself, :learned_at,
        :revision)
ON CONFLICT (service_id) DO UPDATE
   SET boot_id = excluded.boot_id,
       pid = excluded.pid,
       start_ticks = excluded.start_ticks,
       inode = excluded.inode,
       executable = excluded.executable,
       named_itself = excluded.named_itself,
       learned_at = excluded.learned_at,
       revision = excluded.revision;
