SELECT service_id, boot_id, pid, start_ticks, inode, executable, named_itself, learned_at
  FROM identities;
