-- When somebody last wrote to a channel in slow mode: deleting the message does not end the wait.
CREATE TABLE slowmodes (
    channel_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    CONSTRAINT slowmodes_key PRIMARY KEY (channel_id, user_id)
) STRICT, WITHOUT ROWID;
