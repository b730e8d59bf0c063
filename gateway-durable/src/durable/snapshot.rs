//! The whole state of an object, as it is stored.

use serde::{Deserialize, Serialize};

use super::Address;
use super::link::Link;
use crate::snapshot::{GuildObjectSnapshot, RegistrySnapshot};

/// Everything of a Durable Object.
#[derive(Debug, Serialize, Deserialize)]
pub struct ObjectSnapshot {
    /// [`FORMAT`](crate::snapshot::FORMAT).
    pub format: u32,
    /// What it tells others, and heard of them.
    pub links: Vec<(Address, Link)>,
    /// What it is the object of.
    pub core: CoreSnapshot,
}

/// What a Durable Object is the object of.
#[derive(Debug, Serialize, Deserialize)]
pub enum CoreSnapshot {
    /// Connections and sessions.
    Sessions(RegistrySnapshot),
    /// A guild.
    Guild(Box<GuildObjectSnapshot>),
}
