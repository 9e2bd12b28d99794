-- The Port Manager's records, as an auditor finds them.
--
-- Conventions of every table:
--   * Times are TEXT, RFC 3339 in UTC with milliseconds ("2026-11-22T20:05:10.123Z"), so that they
--     sort as text as they do as time.
--   * `revision` is the commit that wrote the row last. It leads to the table `changes`, which says
--     who asked for that commit, when and why.
--   * A port is 1024-65535 of one protocol on one host. This machine is the host '127.0.0.1'.
--   * Names such as 'reassign' or 'duplicate_assignment' are those of the API.
--
-- Whoever corrects something by hand while the Port Manager runs: do it in one transaction. The
-- Port Manager notices, takes the rows over, and adds a row to `changes` with the actor 'external'
-- unless the transaction added one with the next revision itself.

-- "PMgr": tells the Port Manager's database from those of other programs.
PRAGMA application_id = 1347250034;

-- One row for each committed request, for ever: the spine of the audit trail.
CREATE TABLE changes (
  revision   INTEGER PRIMARY KEY CHECK (revision > 0),
  at         TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.???Z'),
  action     TEXT NOT NULL,  -- 'assign', 'reassign', 'import', ...
  actor      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  request_id TEXT NOT NULL   -- the X-Request-Id of the call, as in the log
) STRICT;
CREATE INDEX changes_by_actor ON changes (actor, revision);

CREATE TRIGGER changes_keep_rows BEFORE DELETE ON changes BEGIN
  SELECT raise(ABORT, 'changes is append-only: rows are never deleted');
END;
CREATE TRIGGER changes_keep_values BEFORE UPDATE ON changes BEGIN
  SELECT raise(ABORT, 'changes is append-only: rows are never updated');
END;

-- The products of the suite that the Port Manager knows.
CREATE TABLE services (
  service_id      TEXT PRIMARY KEY NOT NULL CHECK (service_id <> ''),
  name            TEXT NOT NULL,
  host            TEXT,            -- where it is contacted; NULL: as the configured pattern says
  health_endpoint TEXT NOT NULL,
  process         TEXT NOT NULL,   -- the name of its process, '' when not known
  category        TEXT NOT NULL,   -- a row of port_ranges, or ''
  registered_at   TEXT NOT NULL CHECK (registered_at GLOB '????-??-??T??:??:??.???Z'),
  revision        INTEGER NOT NULL
) STRICT;

-- The one port of a service, now. A port has at most one holder that is not contested; contested
-- rows come only from an import, a restore or `force`, and are open conflicts.
CREATE TABLE assignments (
  service_id  TEXT PRIMARY KEY NOT NULL
              REFERENCES services (service_id) DEFERRABLE INITIALLY DEFERRED,
  host        TEXT NOT NULL CHECK (host <> ''),
  protocol    TEXT NOT NULL CHECK (protocol IN ('tcp', 'udp')),
  port        INTEGER NOT NULL CHECK (port BETWEEN 1024 AND 65535),
  contested   INTEGER NOT NULL CHECK (contested IN (0, 1)),
  sequence    INTEGER NOT NULL,    -- by age: the lowest had its port first
  assigned_at TEXT NOT NULL CHECK (assigned_at GLOB '????-??-??T??:??:??.???Z'),
  revision    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX assignments_one_holder ON assignments (host, protocol, port)
  WHERE contested = 0;
CREATE INDEX assignments_by_port ON assignments (port, host, protocol);

-- The ports that a service has held, oldest first, the current one last: what port_config.json
-- shows as port_history. An imported list is kept as it was, also of a service that is not known,
-- hence no foreign key.
CREATE TABLE held_ports (
  service_id TEXT NOT NULL,
  position   INTEGER NOT NULL CHECK (position >= 0),
  port       INTEGER NOT NULL CHECK (port BETWEEN 1024 AND 65535),
  revision   INTEGER NOT NULL,
  PRIMARY KEY (service_id, position)
) STRICT, WITHOUT ROWID;

-- What happened to the ports of the services, for ever. Outlives the services that it names.
CREATE TABLE port_history (
  history_id INTEGER PRIMARY KEY AUTOINCREMENT,
  service_id TEXT NOT NULL,
  host       TEXT NOT NULL,
  protocol   TEXT NOT NULL CHECK (protocol IN ('tcp', 'udp')),
  action     TEXT NOT NULL CHECK (action IN ('assign', 'release', 'reassign', 'import', 'restore',
                                             'reset', 'move_failed')),
  old_port   INTEGER CHECK (old_port BETWEEN 1024 AND 65535),
  new_port   INTEGER CHECK (new_port BETWEEN 1024 AND 65535),
  actor      TEXT NOT NULL,
  reason     TEXT NOT NULL,
  request_id TEXT NOT NULL,
  at         TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.???Z'),
  revision   INTEGER NOT NULL
) STRICT;
CREATE INDEX port_history_by_service ON port_history (service_id, history_id);
CREATE INDEX port_history_by_old_port ON port_history (old_port);
CREATE INDEX port_history_by_new_port ON port_history (new_port);
CREATE INDEX port_history_by_revision ON port_history (revision);

CREATE TRIGGER port_history_keep_rows BEFORE DELETE ON port_history BEGIN
  SELECT raise(ABORT, 'port_history is append-only: rows are never deleted');
END;
CREATE TRIGGER port_history_keep_values BEFORE UPDATE ON port_history BEGIN
  SELECT raise(ABORT, 'port_history is append-only: rows are never updated');
END;

-- Ports that nobody is given. A reservation that has expired is removed.
CREATE TABLE reservations (
  host       TEXT NOT NULL CHECK (host <> ''),
  protocol   TEXT NOT NULL CHECK (protocol IN ('tcp', 'udp')),
  port       INTEGER NOT NULL CHECK (port BETWEEN 1024 AND 65535),
  reason     TEXT NOT NULL,
  expires_at TEXT CHECK (expires_at GLOB '????-??-??T??:??:??.???Z'),  -- NULL: never
  sequence   INTEGER NOT NULL,    -- the order in which they were made
  revision   INTEGER NOT NULL,
  PRIMARY KEY (host, protocol, port)
) STRICT, WITHOUT ROWID;

-- The configured ranges, written anew at a start that finds them changed: an auditor sees what was
-- in force without having the configuration file.
CREATE TABLE port_ranges (
  kind      TEXT NOT NULL CHECK (kind IN ('suite', 'category')),
  position  INTEGER NOT NULL CHECK (position >= 0),
  name      TEXT NOT NULL,
  low_port  INTEGER NOT NULL CHECK (low_port BETWEEN 1024 AND 65535),
  high_port INTEGER NOT NULL CHECK (high_port BETWEEN low_port AND 65535),
  revision  INTEGER NOT NULL,
  PRIMARY KEY (kind, position)
) STRICT, WITHOUT ROWID;

-- Disagreements between registry, kernel and services: one row each, from opened to closed.
CREATE TABLE conflicts (
  conflict_id INTEGER PRIMARY KEY,
  type        TEXT NOT NULL CHECK (type IN ('duplicate_assignment', 'system_conflict',
                                            'reserved_port', 'drift', 'out_of_range',
                                            'ephemeral_overlap')),
  host        TEXT NOT NULL,
  protocol    TEXT NOT NULL CHECK (protocol IN ('tcp', 'udp')),
  port        INTEGER NOT NULL CHECK (port BETWEEN 1024 AND 65535),
  detail      TEXT NOT NULL,
  opened_at   TEXT NOT NULL CHECK (opened_at GLOB '????-??-??T??:??:??.???Z'),
  closed_at   TEXT CHECK (closed_at GLOB '????-??-??T??:??:??.???Z'),  -- NULL: still open
  resolution  TEXT NOT NULL,      -- how it ended, '' while it is open
  revision    INTEGER NOT NULL
) STRICT;
CREATE INDEX conflicts_open ON conflicts (conflict_id) WHERE closed_at IS NULL;
CREATE INDEX conflicts_by_port ON conflicts (port);

-- The services of a conflict, in the order in which they got the port.
CREATE TABLE conflict_services (
  conflict_id INTEGER NOT NULL REFERENCES conflicts (conflict_id) ON DELETE CASCADE,
  position    INTEGER NOT NULL CHECK (position >= 0),
  service_id  TEXT NOT NULL,
  PRIMARY KEY (conflict_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX conflict_services_by_service ON conflict_services (service_id);

-- Moves of running services from one port to another. 'pending' claims old and new port; 'planned',
-- a later step of a bulk update, claims its new port. The other two are final, and are kept.
-- A service that a bulk update takes through a spare port has a planned move behind another one,
-- but never two that have begun.
CREATE TABLE moves (
  move_id     INTEGER PRIMARY KEY,
  service_id  TEXT NOT NULL,
  host        TEXT NOT NULL,
  protocol    TEXT NOT NULL CHECK (protocol IN ('tcp', 'udp')),
  old_port    INTEGER NOT NULL CHECK (old_port BETWEEN 1024 AND 65535),
  new_port    INTEGER NOT NULL CHECK (new_port BETWEEN 1024 AND 65535),
  state       TEXT NOT NULL CHECK (state IN ('planned', 'pending', 'committed', 'rolled_back')),
  phase       TEXT NOT NULL CHECK (phase IN ('requested', 'accepted')),
  force       INTEGER NOT NULL CHECK (force IN (0, 1)),
  batch_id    INTEGER NOT NULL,   -- the moves of one bulk update share it; 0 outside one
  outcome     TEXT NOT NULL,      -- a sentence, once the state is final
  actor       TEXT NOT NULL,
  reason      TEXT NOT NULL,
  request_id  TEXT NOT NULL,
  started_at  TEXT NOT NULL CHECK (started_at GLOB '????-??-??T??:??:??.???Z'),
  finished_at TEXT CHECK (finished_at GLOB '????-??-??T??:??:??.???Z'),
  revision    INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX moves_one_begun ON moves (service_id) WHERE state = 'pending';
CREATE UNIQUE INDEX moves_one_claim ON moves (host, protocol, new_port)
  WHERE state IN ('planned', 'pending');
CREATE INDEX moves_by_state ON moves (state, move_id);

-- Port changes that Hub and Ninja are still to be told, and those that they were told: one row for
-- each of them, in the order in which one service's events must arrive.
CREATE TABLE outbox (
  outbox_id       INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id        TEXT NOT NULL,  -- the same for every target: one event, told several times
  target          TEXT NOT NULL CHECK (target IN ('hub', 'ninja')),
  service_id      TEXT NOT NULL,
  old_port        INTEGER CHECK (old_port BETWEEN 1024 AND 65535),
  new_port        INTEGER CHECK (new_port BETWEEN 1024 AND 65535),
  at              TEXT NOT NULL CHECK (at GLOB '????-??-??T??:??:??.???Z'),
  attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  next_attempt_at TEXT NOT NULL CHECK (next_attempt_at GLOB '????-??-??T??:??:??.???Z'),
  delivered_at    TEXT CHECK (delivered_at GLOB '????-??-??T??:??:??.???Z'),  -- NULL: not yet
  revision        INTEGER NOT NULL,
  UNIQUE (event_id, target)
) STRICT;
CREATE INDEX outbox_waiting ON outbox (target, outbox_id) WHERE delivered_at IS NULL;

-- What the last health checks of each service found, the newest 100. A check may come in after its
-- service was removed, hence no foreign key.
CREATE TABLE health_checks (
  check_id   INTEGER PRIMARY KEY,
  service_id TEXT NOT NULL,
  port       INTEGER NOT NULL CHECK (port BETWEEN 1024 AND 65535),
  status     TEXT NOT NULL CHECK (status IN ('unknown', 'healthy', 'unhealthy')),
  detail     TEXT NOT NULL,
  checked_at TEXT NOT NULL CHECK (checked_at GLOB '????-??-??T??:??:??.???Z'),
  revision   INTEGER NOT NULL
) STRICT;
CREATE INDEX health_checks_by_service ON health_checks (service_id, check_id);

CREATE TRIGGER health_checks_stay_bounded AFTER INSERT ON health_checks BEGIN
  DELETE FROM health_checks
   WHERE service_id = NEW.service_id
     AND check_id <= (SELECT check_id FROM health_checks
                       WHERE service_id = NEW.service_id
                       ORDER BY check_id DESC LIMIT 1 OFFSET 100);
END;

-- Single values: 'next_sequence', the age that the next assignment or reservation gets, and
-- 'unknown_members', the members of an imported port_config.json that are not the Port Manager's.
CREATE TABLE settings (
  key      TEXT PRIMARY KEY NOT NULL,
  value    TEXT NOT NULL,
  revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 1;
