-- The kernel's truth: who really listens, which process is which service, and ports that the Port
-- Manager keeps for somebody. The conventions are those of 0001.

-- A reservation with `hold` is a port that the Port Manager keeps bound, so that no process can take
-- it until whoever it is kept for is given it.
ALTER TABLE reservations ADD COLUMN hold INTEGER NOT NULL DEFAULT 0 CHECK (hold IN (0, 1));
-- Whom the port is kept for; '' for nobody in particular.
ALTER TABLE reservations ADD COLUMN service_id TEXT NOT NULL DEFAULT '';

-- Who listened, of a conflict that has to do with a listener: of a 'system_conflict' the stranger on
-- the service's port, of a 'drift' the service itself where it really is. It is what the kernel said
-- when the conflict was written last, and stays when the conflict is closed. All of it is NULL for a
-- conflict without a listener. The listener's protocol is the conflict's.
ALTER TABLE conflicts ADD COLUMN listener_address TEXT;     -- '127.0.0.1', '0.0.0.0', '::'
ALTER TABLE conflicts ADD COLUMN listener_port INTEGER
  CHECK (listener_port BETWEEN 1024 AND 65535);
ALTER TABLE conflicts ADD COLUMN listener_pid INTEGER
  CHECK (listener_pid >= 0);                                -- 0: the process could not be seen
ALTER TABLE conflicts ADD COLUMN listener_process TEXT;     -- its short name; '' could not be seen
ALTER TABLE conflicts ADD COLUMN listener_executable TEXT;  -- '/usr/sbin/nginx'; '' likewise
ALTER TABLE conflicts ADD COLUMN listener_user TEXT;        -- name or number of the socket's owner
ALTER TABLE conflicts ADD COLUMN listener_unit TEXT         -- systemd unit or control group; '': none
  CHECK ((listener_address IS NULL) = (listener_port IS NULL)
     AND (listener_address IS NULL) = (listener_pid IS NULL)
     AND (listener_address IS NULL) = (listener_process IS NULL)
     AND (listener_address IS NULL) = (listener_executable IS NULL)
     AND (listener_address IS NULL) = (listener_user IS NULL)
     AND (listener_address IS NULL) = (listener_unit IS NULL));
-- When the process began, and since when its socket was seen; NULL where that is not known.
ALTER TABLE conflicts ADD COLUMN listener_started_at TEXT
  CHECK (listener_started_at GLOB '????-??-??T??:??:??.???Z');
ALTER TABLE conflicts ADD COLUMN listener_since TEXT
  CHECK (listener_since GLOB '????-??-??T??:??:??.???Z');

-- The process that last answered its health check as the service: how the Port Manager tells the
-- service from a stranger on its port. A process is named by pid and start_ticks within one boot;
-- where it cannot be seen (pid 0), by the inode of its socket. An answer may come in after its
-- service was removed, hence no foreign key; a service that is removed takes its row along.
CREATE TABLE identities (
  service_id   TEXT PRIMARY KEY NOT NULL CHECK (service_id <> ''),
  boot_id      TEXT NOT NULL,     -- /proc/sys/kernel/random/boot_id
  pid          INTEGER NOT NULL CHECK (pid >= 0),
  start_ticks  INTEGER NOT NULL,  -- when the process began, in clock ticks since boot
  inode        INTEGER NOT NULL,
  executable   TEXT NOT NULL,     -- '' when it could not be seen
  named_itself INTEGER NOT NULL CHECK (named_itself IN (0, 1)),  -- 0: healthy, without a name
  learned_at   TEXT NOT NULL CHECK (learned_at GLOB '????-??-??T??:??:??.???Z'),
  revision     INTEGER NOT NULL
) STRICT;

CREATE TRIGGER services_take_identities_along AFTER DELETE ON services BEGIN
  DELETE FROM identities WHERE service_id = OLD.service_id;
END;

-- The newest rows that gave a port up, which a start reads: a port that was let go a moment ago is
-- not given to the next one at once.
CREATE INDEX port_history_given_up ON port_history (history_id)
  WHERE old_port IS NOT new_port AND old_port IS NOT NULL AND action <> 'move_failed';

PRAGMA user_version = 2;
