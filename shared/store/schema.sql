-- Written by `cargo xtask generate` from the migrations of both stores; for reading.

CREATE TABLE applications (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    icon TEXT,
    description TEXT NOT NULL DEFAULT '',
    owner_id INTEGER NOT NULL,
    -- The bot's user, once it has one. Discord gives it the application's number.
    bot_id INTEGER,
    bot_public INTEGER NOT NULL DEFAULT 1,
    bot_require_code_grant INTEGER NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0,
    -- Ed25519, hex. Interactions are signed with the private half, which nobody is shown.
    verify_key TEXT NOT NULL,
    signing_key BLOB NOT NULL,
    -- Everything the portal edits that the server only stores: tags, URLs, install parameters.
    settings TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE UNIQUE INDEX applications_by_bot ON applications (bot_id) WHERE bot_id IS NOT NULL;

CREATE INDEX applications_by_owner ON applications (owner_id);

CREATE TABLE attempts (
    -- What was tried, and who tried it: hashes.
    subject BLOB NOT NULL,
    source BLOB NOT NULL,
    -- Whether the account knows the source: what strangers try is counted apart.
    known INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    count INTEGER NOT NULL,
    CONSTRAINT attempts_key PRIMARY KEY (subject, source)
) STRICT, WITHOUT ROWID;

CREATE INDEX attempts_by_expiry ON attempts (expires_at);

CREATE TABLE audit_log_entries (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    user_id INTEGER,
    target_id INTEGER,
    action_type INTEGER NOT NULL,
    reason TEXT,
    changes TEXT,
    options TEXT
) STRICT;

CREATE INDEX audit_log_by_action ON audit_log_entries (guild_id, action_type, id);

CREATE INDEX audit_log_by_guild ON audit_log_entries (guild_id, id);

CREATE INDEX audit_log_by_user ON audit_log_entries (guild_id, user_id, id);

CREATE TABLE backup_codes (
    user_id INTEGER NOT NULL,
    code TEXT NOT NULL,
    consumed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, code)
) STRICT, WITHOUT ROWID;

CREATE TABLE bans (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    moderator_id INTEGER NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE broad_mentions (
    channel_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    PRIMARY KEY (channel_id, message_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE channel_states (
    channel_id INTEGER PRIMARY KEY,
    last_message_id INTEGER,
    last_pin_at INTEGER
, message_count INTEGER NOT NULL DEFAULT 0, total_message_sent INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE channels (
    id INTEGER PRIMARY KEY,
    -- NULL for private conversations.
    guild_id INTEGER,
    type INTEGER NOT NULL,
    name TEXT,
    topic TEXT,
    position INTEGER NOT NULL DEFAULT 0,
    parent_id INTEGER,
    nsfw INTEGER NOT NULL DEFAULT 0,
    rate_limit_per_user INTEGER NOT NULL DEFAULT 0,
    bitrate INTEGER,
    user_limit INTEGER,
    rtc_region TEXT,
    video_quality_mode INTEGER,
    default_auto_archive_duration INTEGER,
    flags INTEGER NOT NULL DEFAULT 0,
    -- Of a group conversation.
    icon TEXT,
    owner_id INTEGER,
    -- Fields of forums and threads that the server stores and returns.
    settings TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE INDEX channels_by_guild ON channels (guild_id, type) WHERE guild_id IS NOT NULL;

CREATE INDEX channels_by_parent ON channels (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE direct_channels (
    first_user_id INTEGER NOT NULL,
    second_user_id INTEGER NOT NULL,
    channel_id INTEGER NOT NULL,
    CONSTRAINT direct_channels_key PRIMARY KEY (first_user_id, second_user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE emojis (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    animated INTEGER NOT NULL DEFAULT 0,
    user_id INTEGER,
    -- Role ids; empty means everyone.
    roles TEXT NOT NULL DEFAULT '[]'
) STRICT;

CREATE INDEX emojis_by_guild ON emojis (guild_id);

CREATE TABLE former_members (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    timed_out_until INTEGER,
    deaf INTEGER NOT NULL,
    mute INTEGER NOT NULL,
    CONSTRAINT former_members_key PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX former_members_by_user ON former_members (user_id);

CREATE TABLE guards (held INTEGER NOT NULL) STRICT;

CREATE TABLE guilds (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    icon TEXT,
    banner TEXT,
    splash TEXT,
    discovery_splash TEXT,
    description TEXT,
    owner_id INTEGER NOT NULL,
    afk_channel_id INTEGER,
    afk_timeout INTEGER NOT NULL DEFAULT 300,
    system_channel_id INTEGER,
    system_channel_flags INTEGER NOT NULL DEFAULT 0,
    rules_channel_id INTEGER,
    public_updates_channel_id INTEGER,
    safety_alerts_channel_id INTEGER,
    verification_level INTEGER NOT NULL DEFAULT 0,
    default_message_notifications INTEGER NOT NULL DEFAULT 0,
    explicit_content_filter INTEGER NOT NULL DEFAULT 0,
    mfa_level INTEGER NOT NULL DEFAULT 0,
    nsfw_level INTEGER NOT NULL DEFAULT 0,
    preferred_locale TEXT NOT NULL DEFAULT 'en-US',
    premium_progress_bar_enabled INTEGER NOT NULL DEFAULT 0,
    features TEXT NOT NULL DEFAULT '[]',
    vanity_code TEXT CONSTRAINT guilds_vanity UNIQUE,
    vanity_uses INTEGER NOT NULL DEFAULT 0,
    widget_enabled INTEGER NOT NULL DEFAULT 0,
    widget_channel_id INTEGER,
    -- Kept by the batches that add and remove members.
    member_count INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX guilds_by_owner ON guilds (owner_id);

CREATE TABLE invites (
    code TEXT PRIMARY KEY,
    -- NULL for an invite to a group conversation.
    guild_id INTEGER,
    channel_id INTEGER NOT NULL,
    inviter_id INTEGER,
    uses INTEGER NOT NULL DEFAULT 0,
    -- 0: without limit.
    max_uses INTEGER NOT NULL,
    -- Seconds; 0: for ever.
    max_age INTEGER NOT NULL,
    temporary INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    target_type INTEGER,
    target_user_id INTEGER,
    target_application_id INTEGER,
    flags INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX invites_by_channel ON invites (channel_id);

CREATE INDEX invites_by_guild ON invites (guild_id) WHERE guild_id IS NOT NULL;

CREATE TABLE jobs (
    -- A ULID.
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX jobs_by_time ON jobs (run_at);

CREATE TABLE log_readers (
    name TEXT PRIMARY KEY,
    -- The number of the last event that the reader is done with: `outbox.seq`.
    position INTEGER NOT NULL,
    -- When it was last heard of, in milliseconds since 1970.
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX log_readers_by_position ON log_readers (position);

CREATE INDEX log_readers_by_time ON log_readers (seen_at);

CREATE TABLE log_trims (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    through INTEGER NOT NULL
) STRICT;

CREATE TABLE member_roles (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    PRIMARY KEY (guild_id, user_id, role_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX member_roles_by_role ON member_roles (role_id, user_id);

CREATE TABLE members (
    guild_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    nick TEXT,
    avatar TEXT,
    banner TEXT,
    bio TEXT NOT NULL DEFAULT '',
    joined_at INTEGER NOT NULL,
    premium_since INTEGER,
    deaf INTEGER NOT NULL DEFAULT 0,
    mute INTEGER NOT NULL DEFAULT 0,
    pending INTEGER NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0,
    timed_out_until INTEGER,
    -- Joined by a temporary invite: removed at disconnect unless given a role.
    temporary INTEGER NOT NULL DEFAULT 0,
    -- When the user was last seen, to the quarter of an hour; what a prune goes by.
    last_active_at INTEGER NOT NULL,
    CONSTRAINT members_key PRIMARY KEY (guild_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX members_by_activity ON members (guild_id, last_active_at);

CREATE INDEX members_by_user ON members (user_id, guild_id);

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

CREATE INDEX messages_by_author ON messages (author_id, id);

CREATE INDEX messages_by_channel ON messages (channel_id, id);

CREATE INDEX messages_pinned ON messages (channel_id, pinned_at) WHERE pinned_at IS NOT NULL;

CREATE TABLE nonces (
    channel_id INTEGER NOT NULL,
    author_id INTEGER NOT NULL,
    nonce TEXT NOT NULL,
    message_id INTEGER NOT NULL,
    CONSTRAINT nonces_key PRIMARY KEY (channel_id, author_id, nonce)
) STRICT, WITHOUT ROWID;

CREATE INDEX nonces_by_message ON nonces (message_id);

CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The guild's, conversation's or user's id.
    stream INTEGER NOT NULL,
    event TEXT NOT NULL
) STRICT;

CREATE INDEX outbox_by_stream ON outbox (stream, seq);

CREATE TABLE overwrites (
    channel_id INTEGER NOT NULL,
    -- A role or a member.
    target_id INTEGER NOT NULL,
    type INTEGER NOT NULL,
    allow INTEGER NOT NULL,
    deny INTEGER NOT NULL,
    PRIMARY KEY (channel_id, target_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX overwrites_by_target ON overwrites (target_id);

CREATE TABLE partitions (
    only INTEGER PRIMARY KEY CHECK (only = 0),
    number INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;

CREATE TABLE pending_entries (
    -- The entry's id.
    id INTEGER PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    entry TEXT NOT NULL
) STRICT;

CREATE TABLE pending_uploads (
    blob_key TEXT PRIMARY KEY,
    channel_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX pending_uploads_by_time ON pending_uploads (created_at);

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

CREATE TABLE recipients (
    channel_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    -- The user closed the conversation; it opens again with the next message.
    closed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (channel_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX recipients_by_user ON recipients (user_id, channel_id);

CREATE TABLE relationships (
    user_id INTEGER NOT NULL,
    other_id INTEGER NOT NULL,
    -- 1: a friend, 2: blocked, 3: asked the user, 4: was asked by them.
    type INTEGER NOT NULL,
    nickname TEXT,
    since INTEGER NOT NULL,
    PRIMARY KEY (user_id, other_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE roles (
    id INTEGER PRIMARY KEY,
    guild_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    color INTEGER NOT NULL DEFAULT 0,
    -- The other two of a gradient.
    secondary_color INTEGER,
    tertiary_color INTEGER,
    hoist INTEGER NOT NULL DEFAULT 0,
    icon TEXT,
    unicode_emoji TEXT,
    position INTEGER NOT NULL,
    permissions INTEGER NOT NULL,
    managed INTEGER NOT NULL DEFAULT 0,
    mentionable INTEGER NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0,
    -- The bot whose managed role it is.
    bot_id INTEGER
) STRICT;

CREATE INDEX roles_by_guild ON roles (guild_id);

CREATE TABLE schema_versions (
             store TEXT PRIMARY KEY,
             version INTEGER NOT NULL
         ) STRICT, WITHOUT ROWID;

CREATE TABLE session_starts (
    user_id INTEGER PRIMARY KEY,
    since INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    -- SHA-256 of the whole token.
    token_hash BLOB PRIMARY KEY,
    -- The name under which clients list and revoke it; tells nothing of the token.
    id_hash TEXT NOT NULL,
    user_id INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    client_os TEXT,
    client_platform TEXT,
    client_ip TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_user ON sessions (user_id, id_hash);

CREATE TABLE slowmodes (
    channel_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    CONSTRAINT slowmodes_key PRIMARY KEY (channel_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE thread_members (
    thread_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    joined_at INTEGER NOT NULL,
    flags INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (thread_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX thread_members_by_user ON thread_members (user_id, guild_id);

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

CREATE INDEX threads_by_age ON threads (parent_id, channel_id);

CREATE INDEX threads_by_guild ON threads (guild_id, archived);

CREATE INDEX threads_by_parent ON threads (parent_id, archived, private, archived_at);

CREATE TABLE tickets (
    ticket_hash BLOB PRIMARY KEY,
    -- 'mfa', 'administrator', 'registration'.
    kind TEXT NOT NULL,
    user_id INTEGER,
    data TEXT NOT NULL DEFAULT '{}',
    expires_at INTEGER NOT NULL,
    uses_left INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;

CREATE INDEX tickets_by_expiry ON tickets (expires_at);

CREATE INDEX tickets_by_user ON tickets (user_id, kind) WHERE user_id IS NOT NULL;

CREATE TABLE user_guild_settings (
    user_id INTEGER NOT NULL,
    guild_id INTEGER NOT NULL,
    settings TEXT NOT NULL,
    PRIMARY KEY (user_id, guild_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_settings (
    user_id INTEGER PRIMARY KEY,
    settings TEXT NOT NULL DEFAULT '{}',
    -- Discord's protobufs; of a later one every top-level field replaces the earlier.
    preloaded_proto BLOB,
    frecency_proto BLOB,
    test_proto BLOB
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL,
    -- '0' for people, whose username alone is unique; four digits for bots.
    discriminator TEXT NOT NULL DEFAULT '0',
    global_name TEXT,
    -- Lower case. NULL for bots.
    email TEXT CONSTRAINT users_email UNIQUE,
    -- argon2id in PHC form. NULL for bots: they have no password.
    password_hash TEXT,
    avatar TEXT,
    banner TEXT,
    accent_color INTEGER,
    bio TEXT NOT NULL DEFAULT '',
    pronouns TEXT NOT NULL DEFAULT '',
    bot INTEGER NOT NULL DEFAULT 0,
    flags INTEGER NOT NULL DEFAULT 0,
    public_flags INTEGER NOT NULL DEFAULT 0,
    premium_type INTEGER NOT NULL DEFAULT 0,
    verified INTEGER NOT NULL DEFAULT 0,
    locale TEXT NOT NULL DEFAULT 'en-US',
    date_of_birth TEXT,
    -- Base32. Set while two-factor authentication is on.
    totp_secret TEXT,
    -- The last TOTP step that was accepted: a code works once.
    totp_last_step INTEGER NOT NULL DEFAULT 0,
    -- Rights over the instance itself, not over any guild. Bit 0: operator.
    rights INTEGER NOT NULL DEFAULT 0,
    disabled INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT users_name UNIQUE (username, discriminator)
) STRICT;

CREATE INDEX users_by_rights ON users (rights) WHERE rights <> 0;
