-- The events of `outbox` are a log: rows stay until everybody has read them, or they are too many or
-- too old. What each column means is a format, which ARCHITECTURE.md describes.

-- Who reads the log besides the gateway, and how far each came.
CREATE TABLE IF NOT EXISTS log_readers (
    name TEXT PRIMARY KEY,
    -- The number of the last event that the reader is done with: `outbox.seq`.
    position INTEGER NOT NULL,
    -- When it was last heard of, in milliseconds since 1970.
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS log_readers_by_position ON log_readers (position);
CREATE INDEX IF NOT EXISTS log_readers_by_time ON log_readers (seen_at);

-- The last event that was removed before everybody had read it. At most one row.
CREATE TABLE IF NOT EXISTS log_trims (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    through INTEGER NOT NULL
) STRICT;
