//! Asking for the members of a guild.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::id::marker;

/// A value, or a list of them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// One.
    One(T),
    /// Several, or none.
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    /// The values as a slice.
    pub fn as_slice(&self) -> &[T] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// The payload of opcode 8.
///
/// See [Discord Docs/Request Guild Members](https://discord.com/developers/docs/events/gateway-events#request-guild-members).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequestGuildMembers {
    /// The guild. User clients may name several.
    pub guild_id: OneOrMany<Id<marker::Guild>>,
    /// What the name begins with; empty for everyone.
    #[serde(default)]
    pub query: Option<String>,
    /// How many at most; 0, with an empty query, for all of them.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Whether to add their presences.
    #[serde(default)]
    pub presences: Option<bool>,
    /// These members, instead of a query.
    #[serde(default)]
    pub user_ids: Option<OneOrMany<Id<marker::User>>>,
    /// Repeated in the answer.
    #[serde(default)]
    pub nonce: Option<String>,
}

impl RequestGuildMembers {
    /// Members that a query or a list of ids may bring.
    pub const LIMIT_MAX: u32 = 100;
    /// Bytes of a nonce. A longer one is ignored.
    pub const NONCE_BYTES_MAX: usize = 32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_may_be_one_or_several_strings_or_numbers() {
        let request: RequestGuildMembers =
            serde_json::from_str(r#"{"guild_id":["1"],"user_ids":2,"limit":0}"#).unwrap();
        assert_eq!(request.guild_id.as_slice(), [Id::new(1)]);
        assert_eq!(request.user_ids.unwrap().as_slice(), [Id::new(2)]);
    }
}
