//! What happened: the names of events.

use serde::{Deserialize, Serialize};

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $variant:ident $name:literal)*) => {
        /// The `t` of a dispatch.
        ///
        /// See [Discord Docs/Receive Events](https://discord.com/developers/docs/events/gateway-events#receive-events).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
        pub enum EventKind {
            $($(#[$doc])* $variant,)*
        }

        impl EventKind {
            /// Every kind, in the order they are declared.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Discord's name, as in `t`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The kind with this name.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

event_kinds! {
    /// An application command's permissions changed.
    ApplicationCommandPermissionsUpdate "APPLICATION_COMMAND_PERMISSIONS_UPDATE"
    /// What was asked of a guild's voice channels.
    ChannelInfo "CHANNEL_INFO"
    /// The statuses of voice channels, which were asked for.
    ChannelStatuses "CHANNEL_STATUSES"
    /// A channel was created, or became visible.
    ChannelCreate "CHANNEL_CREATE"
    /// A channel was deleted, or became hidden.
    ChannelDelete "CHANNEL_DELETE"
    /// A message was pinned or unpinned.
    ChannelPinsUpdate "CHANNEL_PINS_UPDATE"
    /// Somebody joined a group conversation.
    ChannelRecipientAdd "CHANNEL_RECIPIENT_ADD"
    /// Somebody left a group conversation.
    ChannelRecipientRemove "CHANNEL_RECIPIENT_REMOVE"
    /// A channel changed.
    ChannelUpdate "CHANNEL_UPDATE"
    /// An entry was written to the audit log.
    GuildAuditLogEntryCreate "GUILD_AUDIT_LOG_ENTRY_CREATE"
    /// Somebody was banned.
    GuildBanAdd "GUILD_BAN_ADD"
    /// A ban was lifted.
    GuildBanRemove "GUILD_BAN_REMOVE"
    /// A guild became available to the receiver.
    GuildCreate "GUILD_CREATE"
    /// A guild is gone for the receiver.
    GuildDelete "GUILD_DELETE"
    /// The guild's emoji changed.
    GuildEmojisUpdate "GUILD_EMOJIS_UPDATE"
    /// The guild's integrations changed.
    GuildIntegrationsUpdate "GUILD_INTEGRATIONS_UPDATE"
    /// Somebody joined.
    GuildMemberAdd "GUILD_MEMBER_ADD"
    /// Somebody left or was removed.
    GuildMemberRemove "GUILD_MEMBER_REMOVE"
    /// A member's nickname, roles or other fields changed.
    GuildMemberUpdate "GUILD_MEMBER_UPDATE"
    /// A member list changed in the rows that the session shows.
    GuildMemberListUpdate "GUILD_MEMBER_LIST_UPDATE"
    /// Members that were asked for.
    GuildMembersChunk "GUILD_MEMBERS_CHUNK"
    /// A role was created.
    GuildRoleCreate "GUILD_ROLE_CREATE"
    /// A role was deleted.
    GuildRoleDelete "GUILD_ROLE_DELETE"
    /// A role changed.
    GuildRoleUpdate "GUILD_ROLE_UPDATE"
    /// The guild's stickers changed.
    GuildStickersUpdate "GUILD_STICKERS_UPDATE"
    /// Members and presences, which an old client asked for.
    GuildSync "GUILD_SYNC"
    /// The guild changed.
    GuildUpdate "GUILD_UPDATE"
    /// An invite was created.
    InviteCreate "INVITE_CREATE"
    /// An invite was deleted.
    InviteDelete "INVITE_DELETE"
    /// The user read a channel up to a message, on any of their devices.
    MessageAck "MESSAGE_ACK"
    /// A message was sent.
    MessageCreate "MESSAGE_CREATE"
    /// A message was deleted.
    MessageDelete "MESSAGE_DELETE"
    /// Several messages were deleted at once.
    MessageDeleteBulk "MESSAGE_DELETE_BULK"
    /// A reaction was added.
    MessageReactionAdd "MESSAGE_REACTION_ADD"
    /// A reaction was removed.
    MessageReactionRemove "MESSAGE_REACTION_REMOVE"
    /// All reactions of a message were removed.
    MessageReactionRemoveAll "MESSAGE_REACTION_REMOVE_ALL"
    /// All reactions of one emoji were removed.
    MessageReactionRemoveEmoji "MESSAGE_REACTION_REMOVE_EMOJI"
    /// A message was edited.
    MessageUpdate "MESSAGE_UPDATE"
    /// A user's presence changed.
    PresenceUpdate "PRESENCE_UPDATE"
    /// The first event of a session.
    Ready "READY"
    /// What user clients get after READY.
    ReadySupplemental "READY_SUPPLEMENTAL"
    /// Another user became something to the user: a friend, blocked, or one of two who ask.
    RelationshipAdd "RELATIONSHIP_ADD"
    /// Another user is nothing to the user any more.
    RelationshipRemove "RELATIONSHIP_REMOVE"
    /// What the user calls a friend changed.
    RelationshipUpdate "RELATIONSHIP_UPDATE"
    /// The last event of a resumption.
    Resumed "RESUMED"
    /// The user's sessions changed.
    SessionsReplace "SESSIONS_REPLACE"
    /// The sounds of a guild, which were asked for.
    SoundboardSounds "SOUNDBOARD_SOUNDS"
    /// A screen is shared, with the receiver or by them.
    StreamCreate "STREAM_CREATE"
    /// A screen is shared no more, or not with the receiver.
    StreamDelete "STREAM_DELETE"
    /// Who watches a shared screen changed, or whether it pauses.
    StreamUpdate "STREAM_UPDATE"
    /// A thread was created, or the receiver was added to a private one.
    ThreadCreate "THREAD_CREATE"
    /// A thread was deleted.
    ThreadDelete "THREAD_DELETE"
    /// The active threads of channels that the receiver sees now.
    ThreadListSync "THREAD_LIST_SYNC"
    /// The receiver's own member of a thread changed.
    ThreadMemberUpdate "THREAD_MEMBER_UPDATE"
    /// Who is in a thread, for a user client that shows it.
    ThreadMemberListUpdate "THREAD_MEMBER_LIST_UPDATE"
    /// Somebody joined or left a thread.
    ThreadMembersUpdate "THREAD_MEMBERS_UPDATE"
    /// A thread changed, or was archived, or is active again.
    ThreadUpdate "THREAD_UPDATE"
    /// Somebody began to type.
    TypingStart "TYPING_START"
    /// The user's settings for a guild changed.
    UserGuildSettingsUpdate "USER_GUILD_SETTINGS_UPDATE"
    /// The user's settings changed, as Discord's protobuf.
    UserSettingsProtoUpdate "USER_SETTINGS_PROTO_UPDATE"
    /// The user's settings changed.
    UserSettingsUpdate "USER_SETTINGS_UPDATE"
    /// The user changed.
    UserUpdate "USER_UPDATE"
    /// Where to connect for voice.
    VoiceServerUpdate "VOICE_SERVER_UPDATE"
    /// Somebody's voice state changed.
    VoiceStateUpdate "VOICE_STATE_UPDATE"
    /// A channel's webhooks changed.
    WebhooksUpdate "WEBHOOKS_UPDATE"
    /// For the gateway alone, never sent: all members of a thread that it may not know of, since
    /// the thread is new or was archived. It comes before what happened to the thread.
    ThreadMembersKnown "_THREAD_MEMBERS_KNOWN"
    /// For the gateway alone, never sent: what a channel is left with, since Discord tells clients
    /// nothing of a pin, a count of messages or a forum's last post that changes by a deletion.
    ChannelStateKnown "_CHANNEL_STATE_KNOWN"
    /// For the gateway alone, never sent: the named sessions (in `data`, a JSON list of session
    /// hashes) of the audience are signed out and their sockets close with 4004.
    SessionsRevoked "_SESSIONS_REVOKED"
    /// For the gateway alone, never sent: the application of the audience, a bot, has other flags
    /// (`data`, a number). Its sessions with intents that these do not allow close with 4014.
    IntentsAllowed "_INTENTS_ALLOWED"
}
