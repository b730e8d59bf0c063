//! Roles.
//!
//! See [Discord Docs/Role Object](https://discord.com/developers/docs/topics/permissions#role-object).

use serde::{Deserialize, Serialize};

use crate::id::marker;
use crate::{Id, Permissions};

/// A role of a guild.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Role {
    /// The role's id; the guild's own number for `@everyone`.
    pub id: Id<marker::Role>,
    /// The name.
    pub name: String,
    /// The colour, 24 bits; 0 for none.
    pub color: u32,
    /// The colours of a gradient; here always `color` alone.
    pub colors: RoleColors,
    /// Whether its members are listed apart.
    pub hoist: bool,
    /// Hash of the icon.
    pub icon: Option<String>,
    /// An emoji instead of an icon.
    pub unicode_emoji: Option<String>,
    /// Its height in the hierarchy; 0 for `@everyone`. Of equal ones the older is higher.
    pub position: i32,
    /// What it grants.
    pub permissions: Permissions,
    /// Whether an integration owns it, so that nobody can assign it.
    pub managed: bool,
    /// Whether everyone may mention it.
    pub mentionable: bool,
    /// Flags.
    pub flags: i64,
    /// Whose role it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<RoleTags>,
}

/// A role's colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct RoleColors {
    /// The colour.
    pub primary_color: u32,
    /// The second of a gradient.
    pub secondary_color: Option<u32>,
    /// The third of a gradient.
    pub tertiary_color: Option<u32>,
}

/// What a managed role belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct RoleTags {
    /// The bot that it came with.
    pub bot_id: Id<marker::User>,
}

/// Where a role stands in the hierarchy. Greater stands higher.
///
/// See [Discord Docs/Permission Hierarchy](https://discord.com/developers/docs/topics/permissions#permission-hierarchy).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    position: i32,
    // Of two roles at one position the older one, with the smaller id, stands higher.
    age: std::cmp::Reverse<u64>,
}

impl Rank {
    /// Below every role: who holds none has this rank.
    pub const NONE: Self = Self {
        position: -1,
        age: std::cmp::Reverse(u64::MAX),
    };
    /// Above every role: the owner's rank.
    pub const OWNER: Self = Self {
        position: i32::MAX,
        age: std::cmp::Reverse(0),
    };

    /// The rank of a role.
    pub const fn of(position: i32, id: Id<marker::Role>) -> Self {
        Self {
            position,
            age: std::cmp::Reverse(id.get()),
        }
    }
}
