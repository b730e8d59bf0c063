//! Asking for the members of a guild.

use serde::{Deserialize, Deserializer, Serialize};

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

/// What a client takes for the id of a user: it may be any text, or a number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestedUser(pub String);

impl RequestedUser {
    /// The id, if it can be one that somebody has.
    pub fn id(&self) -> Option<Id<marker::User>> {
        let number: i64 = self.0.parse().ok()?;
        u64::try_from(number).ok().map(Id::new)
    }
}

impl<'de> Deserialize<'de> for RequestedUser {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            serde_json::Value::Number(number) => Ok(Self(number.to_string())),
            other @ (serde_json::Value::Null | serde_json::Value::Bool(_)) => {
                Ok(Self(other.to_string()))
            }
            other => Err(serde::de::Error::custom(format!("{other} is no id"))),
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
    pub user_ids: Option<OneOrMany<RequestedUser>>,
    /// Repeated in the answer.
    #[serde(default)]
    pub nonce: Option<String>,
    /// Whether those who joined last are wanted: opcode 35.
    #[serde(default)]
    pub recent: bool,
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
        let user_ids = request.user_ids.unwrap();
        assert_eq!(user_ids.as_slice()[0].id(), Some(Id::new(2)));
    }

    #[test]
    fn malformed_ids_stay_in_the_request() {
        let odd = r#"["9223372036854775808","abc","",-1,9223372036854775808,1.5,"9"]"#;
        let json = format!(r#"{{"guild_id":"1","user_ids":{odd}}}"#);
        let request: RequestGuildMembers = serde_json::from_str(&json).unwrap();
        let user_ids = request.user_ids.unwrap();
        let ids: Vec<_> = user_ids.as_slice().iter().map(RequestedUser::id).collect();
        assert_eq!(ids[..6], [None; 6]);
        assert_eq!(ids[6], Some(Id::new(9)));
    }
}
