//! How far users have read.

use serde::{Deserialize, Serialize};

use crate::id::marker;
use crate::{Id, Timestamp};

/// How far a user has read a channel.
///
/// See [Userdoccers/Read State](https://docs.discord.food/resources/read-state#read-state-object).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct ChannelReadState {
    /// The channel.
    pub id: Id<marker::Channel>,
    /// The channel again, for clients of Spacebar.
    pub channel_id: Id<marker::Channel>,
    /// Whose it is, for clients of Spacebar.
    pub user_id: Id<marker::User>,
    /// The last message that was read; 0 for none.
    pub last_message_id: Id<marker::Message>,
    /// The last pin that was seen.
    pub last_pin_timestamp: Option<Timestamp>,
    /// Messages since then that mention the user.
    pub mention_count: u32,
    /// No flags exist here.
    pub flags: u32,
}
