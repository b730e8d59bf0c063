//! Discord's limits, each with its unit, beside the objects they bound.
//!
//! What an operator may change is in the configuration; these are the protocol's own.

/// Characters of a message's content.
///
/// See [Discord Docs/Create Message](https://discord.com/developers/docs/resources/message#create-message).
pub const MESSAGE_CONTENT_CHARS_MAX: usize = 2000;
/// Characters of a guild's name.
pub const GUILD_NAME_CHARS: std::ops::RangeInclusive<usize> = 2..=100;
/// Characters of a channel's name.
pub const CHANNEL_NAME_CHARS: std::ops::RangeInclusive<usize> = 1..=100;
/// Characters of a channel's topic.
pub const CHANNEL_TOPIC_CHARS_MAX: usize = 1024;
/// Characters of a role's name.
pub const ROLE_NAME_CHARS_MAX: usize = 100;
/// Characters of a nickname.
pub const NICKNAME_CHARS_MAX: usize = 32;
/// Characters of a username.
pub const USERNAME_CHARS: std::ops::RangeInclusive<usize> = 2..=32;
/// Characters of the reason in `X-Audit-Log-Reason`, after percent-decoding.
pub const AUDIT_LOG_REASON_CHARS_MAX: usize = 512;
