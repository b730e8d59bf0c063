//! Users.
//!
//! See [Discord Docs/User Object](https://discord.com/developers/docs/resources/user#user-object).

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::id::marker;

/// A user as everyone may see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user's id.
    pub id: Id<marker::User>,
    /// Unique together with the discriminator.
    pub username: String,
    /// `0` for people, four digits for bots.
    pub discriminator: String,
    /// The name that is shown, if it is not the username.
    pub global_name: Option<String>,
    /// Hash of the avatar.
    pub avatar: Option<String>,
    /// Hash of the banner.
    #[serde(default)]
    pub banner: Option<String>,
    /// Colour of the banner, 24 bits.
    #[serde(default)]
    pub accent_color: Option<u32>,
    /// Whether it is a bot.
    #[serde(default)]
    pub bot: bool,
    /// Flags that everyone sees.
    #[serde(default)]
    pub public_flags: i64,
    /// Nobody has one here; clients expect the field.
    #[serde(default)]
    pub avatar_decoration_data: Option<()>,
    /// Nobody has any here; clients expect the field.
    #[serde(default)]
    pub collectibles: Option<()>,
    /// Nobody has one here; clients expect the field.
    #[serde(default)]
    pub primary_guild: Option<()>,
}

/// A user as they see themselves: `GET /users/@me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateUser {
    /// What everyone sees.
    #[serde(flatten)]
    pub user: User,
    /// All flags.
    pub flags: i64,
    /// The language of the user's client.
    pub locale: String,
    /// Whether two-factor authentication is on.
    pub mfa_enabled: bool,
    /// Kind of subscription, 0 for none.
    pub premium_type: u8,
    /// Whether the email address was verified.
    pub verified: bool,
    /// The email address; bots have none.
    pub email: Option<String>,
    /// Nobody has one here; clients expect the field.
    pub phone: Option<String>,
    /// The "about me".
    pub bio: String,
    /// The pronouns.
    pub pronouns: String,
}
