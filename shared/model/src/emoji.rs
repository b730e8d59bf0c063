//! Custom emoji.
//!
//! See [Discord Docs/Emoji Object](https://discord.com/developers/docs/resources/emoji#emoji-object).

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::id::marker;
use crate::user::User;

/// A custom emoji of a guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Emoji {
    /// The emoji's id.
    pub id: Id<marker::Emoji>,
    /// The name, without colons.
    pub name: String,
    /// Who may use it; empty for everyone.
    pub roles: Vec<Id<marker::Role>>,
    /// Who uploaded it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<User>,
    /// Whether it must stand in colons.
    pub require_colons: bool,
    /// Whether an integration owns it.
    pub managed: bool,
    /// Whether it moves.
    pub animated: bool,
    /// Whether it can be used.
    pub available: bool,
}
