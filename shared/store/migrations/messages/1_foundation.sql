-- Messages and what hangs on them. Every statement names a channel, by which the store may be
-- partitioned over several databases.

-- Always empty. A batch inserts NULL here to fail when a condition does not hold.
CREATE TABLE IF NOT EXISTS guards (held INTEGER NOT NULL) STRICT;

-- A rowid table in id order: inserts append, and the narrow index finds a channel's page.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    type INTEGER NOT NULL DEFAULT 0,
    content TEXT NOT NULL,
    edited_at INTEGER,
    -- When it was pinned; NULL while it is not.
    pinned_at INTEGER,
    flags INTEGER NOT NULL DEFAULT 0,
    -- What only some messages have, read and written whole: attachments, embeds, components,
    -- mentions, reference, nonce, tts. NULL for a plain message.
    extra TEXT
) STRICT;
CREATE INDEX messages_by_channel ON messages (channel_id, id);
CREATE INDEX messages_by_author ON messages (author_id, id);
CREATE INDEX messages_pinned ON messages (channel_id, pinned_at) WHERE pinned_at IS NOT NULL;

-- What is known of a channel without looking at its messages.
CREATE TABLE channel_states (
    channel_id INTEGER PRIMARY KEY,
    last_message_id INTEGER,
    last_pin_at INTEGER
) STRICT;

-- Messages that mention a role, or everyone (the role with the guild's number). Counted when read
-- positions are read, so that such a message is one row and not one for each member.
CREATE TABLE broad_mentions (
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    PRIMARY KEY (channel_id, message_id, role_id)
) STRICT, WITHOUT ROWID;

-- Nonces that were sent with enforce_nonce in the last minutes.
CREATE TABLE nonces (
    channel_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    message_id INTEGER NOT NULL,
    CONSTRAINT nonces_key PRIMARY KEY (channel_id, author_id, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_message ON nonces (message_id);

CREATE TABLE reactions (
    message_id INTEGER NOT NULL,
    -- A custom emoji's id, or the Unicode emoji itself.
    emoji TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    -- A custom emoji's name when it was used.
    emoji_name TEXT,
    animated INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (message_id, emoji, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE read_states (
    user_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    last_message_id INTEGER,
    last_pin_at INTEGER,
    mention_count INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, channel_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX read_states_by_channel ON read_states (channel_id);

-- Entries of the audit log whose cause is in this store. Each is written with its cause and from
-- here to the log, so that it is there even if whoever wrote it came no further.
CREATE TABLE pending_entries (
    -- The entry's id.
    id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    entry TEXT NOT NULL
) STRICT;

-- Files that were uploaded and not yet claimed by a message; what is left after an hour is removed.
CREATE TABLE pending_uploads (
    blob_key TEXT PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_uploads_by_time ON pending_uploads (created_at);

-- Events of batches on hosts whose store does not dispatch them itself.
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The guild's, conversation's or user's id.
    stream INTEGER NOT NULL,
    event TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_by_stream ON outbox (stream, seq);
