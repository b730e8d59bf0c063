-- Which part of the channels this database has, and of how many: at most one row, that is noted when
-- the database is first used and never changed. What was used before there were parts has all.
CREATE TABLE partitions (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    number INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;
INSERT INTO partitions (only, number, count)
SELECT 0, 0, 1 WHERE EXISTS (SELECT 1 FROM channel_states);
