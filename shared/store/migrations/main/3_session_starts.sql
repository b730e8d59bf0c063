-- How many gateway sessions bots started, each in the day that began with the first of them.
CREATE TABLE session_starts (
    user_id INTEGER PRIMARY KEY,
    since INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;
