-- The outbox, as its reader needs it: what became of each event, which one of a service is told next,
-- and counts that outlive the rows. The conventions are those of 0001; but what is written here is no
-- change of the registry, so it makes no revision: `revision` is that of the port change itself.

-- 'waiting'; 'delivered'; 'given_up': the target refused it for good; 'superseded': never told, as
-- too many were waiting and a later event of the same service says more.
ALTER TABLE outbox ADD COLUMN state TEXT NOT NULL DEFAULT 'waiting'
  CHECK (state IN ('waiting', 'delivered', 'given_up', 'superseded'));
-- When it ended, in whatever way; NULL while it waits. It takes the place of delivered_at.
ALTER TABLE outbox ADD COLUMN settled_at TEXT
  CHECK (settled_at GLOB '????-??-??T??:??:??.???Z'
     AND (settled_at IS NULL) = (state = 'waiting'));
-- Why the last attempt that failed did fail; it stays when a later one succeeds. '': none failed.
ALTER TABLE outbox ADD COLUMN last_error TEXT NOT NULL DEFAULT '';
-- 1: the oldest waiting event of its service, the one that is told next. Kept by the triggers.
ALTER TABLE outbox ADD COLUMN is_next INTEGER NOT NULL DEFAULT 0 CHECK (is_next IN (0, 1));

DROP INDEX outbox_waiting;
UPDATE outbox SET state = 'delivered', settled_at = delivered_at WHERE delivered_at IS NOT NULL;
ALTER TABLE outbox DROP COLUMN delivered_at;
UPDATE outbox SET is_next = 1
 WHERE outbox_id IN (SELECT min(outbox_id) FROM outbox
                      WHERE state = 'waiting'
                      GROUP BY target, service_id);

CREATE INDEX outbox_waiting ON outbox (target, outbox_id) WHERE state = 'waiting';
CREATE INDEX outbox_waiting_by_service ON outbox (target, service_id, outbox_id)
  WHERE state = 'waiting';
CREATE INDEX outbox_next ON outbox (target, next_attempt_at) WHERE is_next = 1;
CREATE INDEX outbox_settled ON outbox (target, settled_at) WHERE state <> 'waiting';

-- How many events of each target have ended since the database was made. Rows that have ended are
-- kept for a while only; these counts stay.
CREATE TABLE outbox_totals (
  target     TEXT PRIMARY KEY NOT NULL CHECK (target IN ('hub', 'ninja')),
  delivered  INTEGER NOT NULL CHECK (delivered >= 0),
  given_up   INTEGER NOT NULL CHECK (given_up >= 0),
  superseded INTEGER NOT NULL CHECK (superseded >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_totals
SELECT column1, (SELECT count(*) FROM outbox WHERE target = column1 AND state = 'delivered'), 0, 0
  FROM (VALUES ('hub'), ('ninja'));

CREATE TRIGGER outbox_first_in_line AFTER INSERT ON outbox
WHEN NEW.state = 'waiting'
 AND NOT EXISTS (SELECT 1 FROM outbox
                  WHERE target = NEW.target AND service_id = NEW.service_id AND state = 'waiting'
                    AND outbox_id < NEW.outbox_id)
BEGIN
  UPDATE outbox SET is_next = 1 WHERE outbox_id = NEW.outbox_id;
END;

CREATE TRIGGER outbox_count_ended AFTER UPDATE OF state ON outbox
WHEN OLD.state = 'waiting' AND NEW.state <> 'waiting' BEGIN
  UPDATE outbox_totals
     SET delivered = delivered + (NEW.state = 'delivered'),
         given_up = given_up + (NEW.state = 'given_up'),
         superseded = superseded + (NEW.state = 'superseded')
   WHERE target = NEW.target;
END;

CREATE TRIGGER outbox_next_in_line AFTER UPDATE OF state ON outbox
WHEN OLD.is_next = 1 AND NEW.state <> 'waiting' BEGIN
  UPDATE outbox SET is_next = 0 WHERE outbox_id = NEW.outbox_id;
  UPDATE outbox SET is_next = 1
   WHERE outbox_id = (SELECT min(outbox_id) FROM outbox
                       WHERE target = NEW.target AND service_id = NEW.service_id
                         AND state = 'waiting');
END;

-- Somebody takes a waiting event out by hand.
CREATE TRIGGER outbox_next_after_delete AFTER DELETE ON outbox WHEN OLD.is_next = 1 BEGIN
  UPDATE outbox SET is_next = 1
   WHERE outbox_id = (SELECT min(outbox_id) FROM outbox
                       WHERE target = OLD.target AND service_id = OLD.service_id
                         AND state = 'waiting');
END;

-- Somebody has an event told again by hand: state = 'waiting', settled_at = NULL.
CREATE TRIGGER outbox_back_in_line AFTER UPDATE OF state ON outbox
WHEN OLD.state <> 'waiting' AND NEW.state = 'waiting' BEGIN
  UPDATE outbox
     SET is_next = (outbox_id = (SELECT min(outbox_id) FROM outbox
                                  WHERE target = NEW.target AND service_id = NEW.service_id
                                    AND state = 'waiting'))
   WHERE target = NEW.target AND service_id = NEW.service_id AND state = 'waiting';
END;

PRAGMA user_version = 3;
