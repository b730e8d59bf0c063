//! Applications, which bots belong to.
//!
//! See [Discord Docs/Application Object](https://discord.com/developers/docs/resources/application#application-object).

use serde_json::{Map, Value};

use crate::Id;
use crate::id::marker;

/// The bot may have the presence intent in fewer than 100 guilds.
pub const FLAG_GATEWAY_PRESENCE_LIMITED: i64 = 1 << 13;
/// The bot may have the members intent in fewer than 100 guilds.
pub const FLAG_GATEWAY_GUILD_MEMBERS_LIMITED: i64 = 1 << 15;
/// The bot may have the message content intent in fewer than 100 guilds.
pub const FLAG_GATEWAY_MESSAGE_CONTENT_LIMITED: i64 = 1 << 19;

/// The flags that an application's owner sets; all others are the instance's.
pub const FLAGS_OF_OWNER: i64 = FLAG_GATEWAY_PRESENCE_LIMITED
    | FLAG_GATEWAY_GUILD_MEMBERS_LIMITED
    | FLAG_GATEWAY_MESSAGE_CONTENT_LIMITED;

/// An application as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// The application's id.
    pub id: Id<marker::Application>,
    /// The name.
    pub name: String,
    /// Hash of the icon.
    pub icon: Option<String>,
    /// The description.
    pub description: String,
    /// Whose it is.
    pub owner_id: Id<marker::User>,
    /// The bot's user, once it has one.
    pub bot_id: Option<Id<marker::User>>,
    /// Whether others than the owner may add the bot.
    pub bot_public: bool,
    /// Whether adding the bot needs the whole code grant.
    pub bot_require_code_grant: bool,
    /// Flags.
    pub flags: i64,
    /// The Ed25519 public key, hex, by which the application knows interactions to be genuine.
    pub verify_key: String,
    /// What its owner edits and the server only stores, under Discord's names.
    pub settings: Map<String, Value>,
}
