//! What channels allow and deny.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Permissions;
use crate::Id;
use crate::id::marker;

/// Whom an [`Overwrite`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum OverwriteKind {
    /// Everyone who holds a role.
    Role = 0,
    /// One member.
    Member = 1,
}

impl Serialize for OverwriteKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

impl<'de> Deserialize<'de> for OverwriteKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(Self::Role),
            1 => Ok(Self::Member),
            other => Err(serde::de::Error::custom(format!("overwrite type {other}"))),
        }
    }
}

/// What a channel allows and denies to a role or a member.
///
/// See [Discord Docs/Overwrite Object](https://discord.com/developers/docs/resources/channel#overwrite-object).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Overwrite {
    /// The role's or the member's id.
    pub id: Id<marker::Generic>,
    /// Whether `id` is a role or a member.
    #[serde(rename = "type")]
    pub kind: OverwriteKind,
    /// Granted here.
    pub allow: Permissions,
    /// Taken away here.
    pub deny: Permissions,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_a_number_that_is_known() {
        let kind = |text| serde_json::from_str::<OverwriteKind>(text).ok();
        assert_eq!(kind("0"), Some(OverwriteKind::Role));
        assert_eq!(kind("1"), Some(OverwriteKind::Member));
        assert_eq!(kind("2"), None);
        assert_eq!(serde_json::to_string(&OverwriteKind::Member).unwrap(), "1");
    }
}
