//! Friends, blocks and requests: what one user is to another.
//!
//! See [Userdoccers/Relationship Object](https://docs.discord.food/resources/relationships#relationship-object).

use serde::{Deserialize, Serialize};

use crate::id::marker;
use crate::user::User;
use crate::{Id, Timestamp};

/// What the other user is.
pub mod kind {
    /// A friend.
    pub const FRIEND: u8 = 1;
    /// Somebody whom the user wants to hear nothing of.
    pub const BLOCKED: u8 = 2;
    /// Somebody who asked to be a friend.
    pub const INCOMING_REQUEST: u8 = 3;
    /// Somebody who was asked to be a friend.
    pub const OUTGOING_REQUEST: u8 = 4;
}

/// What another user is to the one who reads this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Relationship {
    /// The other user's id.
    pub id: Id<marker::User>,
    /// What they are; see [`kind`].
    #[serde(rename = "type")]
    pub kind: u8,
    /// What the reader calls them.
    pub nickname: Option<String>,
    /// Since when they are that.
    pub since: Timestamp,
    /// The other user.
    pub user: User,
}
