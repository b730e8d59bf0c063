//! What is seen of users who are connected.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::event::payloads;
use crate::gateway::{Activity, ClientKind, Status};
use crate::id::marker;

/// What others see of a user: the same in every guild.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The greatest status of the user's sessions.
    pub status: Status,
    /// What the user does.
    pub activities: Vec<Activity>,
    /// The status on each kind of client where there is one.
    pub client_status: BTreeMap<ClientKind, Status>,
}

/// A user of whom only the id is told.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PartialUser {
    /// The user's id.
    pub id: Id<marker::User>,
}

/// A presence, in lists too.
///
/// See [Discord Docs/Presence Update](https://discord.com/developers/docs/events/gateway-events#presence-update).
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PresenceUpdate<'a> {
    /// Who.
    pub user: PartialUser,
    /// The guild whose members see it; left out for friends, and in member lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guild_id: Option<Id<marker::Guild>>,
    /// What is seen.
    #[serde(flatten)]
    pub shown: &'a Shown,
}

payloads!(of PresenceUpdate<'a>);

/// A presence in `merged_presences` of READY and READY_SUPPLEMENTAL.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct MergedPresence<'a> {
    /// Who.
    pub user_id: Id<marker::User>,
    /// What is seen.
    #[serde(flatten)]
    pub shown: &'a Shown,
}
