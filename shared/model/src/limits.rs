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
/// Characters of an "about me", of a user and of a member.
pub const BIO_CHARS_MAX: usize = 190;
/// Others that one user may have as friends, blocked, or asked: Discord's limit for friends. As
/// many may ask them, which is counted apart, so that nobody is kept from blocking by being asked.
pub const RELATIONSHIPS_MAX: u32 = 1000;
/// Permission overwrites of one channel, in one request too: who edits a channel sends them all.
///
/// See [Discord Docs/JSON Error Codes](https://discord.com/developers/docs/topics/opcodes-and-status-codes#json), 30060.
pub const CHANNEL_OVERWRITES_MAX: u32 = 1000;
/// Messages that one request deletes.
pub const BULK_DELETE_MAX: u32 = 100;
/// Users that one request bans.
pub const BULK_BAN_MAX: u32 = 200;
/// Seconds of slow mode: six hours.
pub const SLOWMODE_SECS_MAX: i64 = 21_600;
/// Tags that a post in a forum may have.
pub const POST_TAGS_MAX: usize = 5;
/// Sessions of a person at the gateway, those that wait for a resume among them. Our own.
pub const SESSIONS_PER_PERSON_MAX: usize = 100;
/// Sessions of a bot at the gateway, of all its shards. Our own: as many as it may start in a day.
pub const SESSIONS_PER_BOT_MAX: usize = 1000;
/// Sessions of a person that wait for a resume. Our own.
pub const SESSIONS_WAITING_PER_PERSON_MAX: usize = 25;
/// Sessions that wait for a resume, of all users: all sockets of a process may be lost at once. Our
/// own.
pub const SESSIONS_WAITING_MAX: usize = 20_000;
/// Events that the log of one database keeps for readers that lag. Our own: some tens of megabytes.
pub const LOG_EVENTS_MAX: i64 = 100_000;
/// Milliseconds that the log keeps an event for readers that lag, and a reader of which nothing is
/// heard. Our own: three days, so that who is switched off on a Friday misses nothing by Monday.
pub const LOG_AGE_MS_MAX: i64 = 3 * 24 * 3_600_000;
