/** "WTAP": marks a SQLite file as ours. */
export const APPLICATION_ID = 0x57_54_41_50;

export const LAYOUT_VERSION = 2;

/**
 * One row of `message` per message, whatever the number of queues and readers; it goes when nothing needs it any more:
 * - `delivery`: the queues that still have to deliver it.
 * - `dead_letter`: the queues whose receiver refused it.
 * - `kept`: whether it stays for reading.
 * - `unclosed`: whether it is the newest message of an incident that is not closed.
 *
 * `thinned` is how many times it stayed while its neighbour had to go. Messages, deliveries and dead letters are numbered by one
 * `counter`. `dropped` has queue 0 for what was kept for reading. The payload comes last in its row, so that the flags are
 * found without it.
 */
export const LAYOUT = `
  CREATE TABLE message (
    message INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    kind TEXT NOT NULL,
    appended_ms INTEGER NOT NULL,
    worth INTEGER NOT NULL,
    stratum INTEGER NOT NULL,
    thinned INTEGER NOT NULL,
    kept INTEGER NOT NULL,
    unclosed INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (id, revision)
  ) STRICT;
  CREATE INDEX message_by_worth ON message (worth, thinned, stratum) WHERE worth < 4;
  CREATE INDEX message_by_age ON message (appended_ms) WHERE worth < 4;
  CREATE INDEX message_kept ON message (kind) WHERE kept = 1;
  CREATE INDEX message_unclosed ON message (unclosed) WHERE unclosed = 1;
  CREATE TABLE queue (
    queue INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    reports INTEGER NOT NULL,
    report INTEGER
  ) STRICT;
  CREATE TABLE delivery (
    queue INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    message INTEGER NOT NULL,
    PRIMARY KEY (queue, sequence)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX delivery_by_message ON delivery (message, queue);
  CREATE TABLE dead_letter (
    sequence INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    message INTEGER NOT NULL,
    reason TEXT NOT NULL,
    rejected_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX dead_letter_by_queue ON dead_letter (queue);
  CREATE INDEX dead_letter_by_message ON dead_letter (message);
  CREATE TABLE dropped (
    dropped INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    gateway TEXT NOT NULL,
    count INTEGER NOT NULL,
    unreported INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    UNIQUE (queue, kind, reason)
  ) STRICT;
  CREATE TABLE counter (
    counter INTEGER PRIMARY KEY,
    next INTEGER NOT NULL
  ) STRICT;
  INSERT INTO counter VALUES (1, 1);
`;
