-- What a guild keeps of members who left, so that nobody is rid of it by leaving and coming back.
CREATE TABLE former_members (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    timed_out_until INTEGER,
    deaf INTEGER NOT NULL,
    mute INTEGER NOT NULL,
    CONSTRAINT former_members_key PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_members_by_user ON former_members (user_id);
