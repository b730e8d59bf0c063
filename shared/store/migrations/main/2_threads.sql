-- Threads: rows of `channels` with a type from 10 to 12, whose parent is the channel they are in.

-- What only threads have.
CREATE TABLE threads (
    channel_id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    parent_id INTEGER NOT NULL,
    -- Whether it is by invitation; said by its type too, and here for the indexes.
    private INTEGER NOT NULL,
    -- Who created it.
    owner_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    archived INTEGER NOT NULL DEFAULT 0,
    -- When `archived` last changed.
    archived_at INTEGER NOT NULL,
    -- Minutes without a message after which it is archived.
    auto_archive_duration INTEGER NOT NULL,
    locked INTEGER NOT NULL DEFAULT 0,
    -- Whether every member of a private thread may add others.
    invitable INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX threads_by_guild ON threads (guild_id, archived);
CREATE INDEX threads_by_parent ON threads (parent_id, archived, private, archived_at);

CREATE TABLE thread_members (
    thread_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    flags INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (thread_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX thread_members_by_user ON thread_members (user_id, guild_id);

-- A guild's channels are found without its threads, of which there may be many more.
DROP INDEX channels_by_guild;
CREATE INDEX channels_by_guild ON channels (guild_id, type) WHERE guild_id IS NOT NULL;
