//! Users.
//!
//! See [Discord Docs/User Object](https://discord.com/developers/docs/resources/user#user-object).

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::id::marker;

/// A user as everyone may see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
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
    /// Flags that everyone sees. On the wire they stand under `flags` too.
    #[serde(flatten, with = "public_flags")]
    #[cfg_attr(not(target_family = "wasm"), schemars(with = "public_flags::Wire"))]
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
    /// The "about me". Discord shows it in profiles alone; clients of Spacebar read it everywhere.
    #[serde(default)]
    pub bio: String,
    /// The pronouns, as `bio`.
    #[serde(default)]
    pub pronouns: String,
    /// Nobody has any here; clients of Spacebar expect the field.
    #[serde(default)]
    pub badge_ids: [(); 0],
}

/// A user as they see themselves: `GET /users/@me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct PrivateUser {
    /// What everyone sees.
    #[serde(flatten)]
    pub user: User,
    /// All flags. No flag is private here, so on the wire it is the public ones that are written.
    #[serde(default, skip_serializing)]
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
}

/// `public_flags` and `flags`, which Discord sends with the same value.
mod public_flags {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
    pub struct Wire {
        #[serde(default)]
        public_flags: i64,
        #[serde(default)]
        flags: i64,
    }

    pub fn serialize<S: Serializer>(value: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = Wire {
            public_flags: *value,
            flags: *value,
        };
        wire.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        Wire::deserialize(deserializer).map(|wire| wire.public_flags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_user_comes_back_from_json() {
        let json = r#"{"id":"1","username":"a","discriminator":"0","global_name":null,
            "avatar":null,"public_flags":4,"flags":4,"locale":"en-US","mfa_enabled":false,
            "premium_type":0,"verified":true,"email":null,"phone":null,"bio":"","pronouns":""}"#;
        let user: PrivateUser = serde_json::from_str(json).unwrap();
        let again = serde_json::to_string(&user).unwrap();
        assert_eq!(serde_json::from_str::<PrivateUser>(&again).unwrap(), user);
        assert_eq!(user.user.public_flags, 4);
    }
}
