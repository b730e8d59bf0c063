//! Permissions that belong together.

use super::{Permissions, bits};

impl Permissions {
    /// What only moderators hold, and use with a second factor where the guild wants one.
    ///
    /// See [Discord Docs/Bitwise Permission Flags](https://discord.com/developers/docs/topics/permissions#permissions-bitwise-permission-flags).
    pub const ELEVATED: Self = Self::from_bits_retain(
        bits::KICK_MEMBERS
            | bits::BAN_MEMBERS
            | bits::ADMINISTRATOR
            | bits::MANAGE_CHANNELS
            | bits::MANAGE_GUILD
            | bits::MANAGE_MESSAGES
            | bits::MANAGE_ROLES
            | bits::MANAGE_WEBHOOKS
            | bits::MANAGE_GUILD_EXPRESSIONS
            | bits::MANAGE_THREADS
            | bits::VIEW_CREATOR_MONETIZATION_ANALYTICS,
    );

    /// What the `@everyone` role of a new guild may do; Discord's own default.
    pub const DEFAULT: Self = Self::from_bits_retain(
        bits::CREATE_INSTANT_INVITE
            | bits::ADD_REACTIONS
            | bits::STREAM
            | bits::VIEW_CHANNEL
            | bits::SEND_MESSAGES
            | bits::EMBED_LINKS
            | bits::ATTACH_FILES
            | bits::READ_MESSAGE_HISTORY
            | bits::MENTION_EVERYONE
            | bits::USE_EXTERNAL_EMOJIS
            | bits::CONNECT
            | bits::SPEAK
            | bits::USE_VAD
            | bits::CHANGE_NICKNAME
            | bits::USE_APPLICATION_COMMANDS
            | bits::REQUEST_TO_SPEAK
            | bits::CREATE_PUBLIC_THREADS
            | bits::CREATE_PRIVATE_THREADS
            | bits::USE_EXTERNAL_STICKERS
            | bits::SEND_MESSAGES_IN_THREADS
            | bits::USE_EMBEDDED_ACTIVITIES
            | bits::USE_SOUNDBOARD
            | bits::CREATE_GUILD_EXPRESSIONS
            | bits::CREATE_EVENTS
            | bits::USE_EXTERNAL_SOUNDS
            | bits::SEND_VOICE_MESSAGES
            | bits::SEND_POLLS
            | bits::USE_EXTERNAL_APPS,
    );

    /// What a participant of a private conversation may do in it.
    pub const PRIVATE: Self = Self::from_bits_retain(
        bits::ADD_REACTIONS
            | bits::VIEW_CHANNEL
            | bits::SEND_MESSAGES
            | bits::SEND_TTS_MESSAGES
            | bits::EMBED_LINKS
            | bits::ATTACH_FILES
            | bits::READ_MESSAGE_HISTORY
            | bits::MENTION_EVERYONE
            | bits::USE_EXTERNAL_EMOJIS
            | bits::USE_EXTERNAL_STICKERS
            | bits::SEND_VOICE_MESSAGES
            | bits::SEND_POLLS
            | bits::PIN_MESSAGES
            | bits::CONNECT
            | bits::SPEAK
            | bits::STREAM
            | bits::USE_VAD
            | bits::USE_EMBEDDED_ACTIVITIES,
    );
}
