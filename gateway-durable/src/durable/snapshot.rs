//! The whole state of an object, as it is stored.

use serde::{Deserialize, Serialize};

use super::Address;
use super::link::Link;
use crate::saved::{SavedAudience, SavedBucket};

/// Everything of a Durable Object.
#[derive(Debug, Serialize, Deserialize)]
pub struct SavedDurable {
    /// [`FORMAT`](crate::saved::FORMAT).
    pub format: u32,
    /// What it tells others, and heard of them.
    pub links: Vec<(Address, Link)>,
    /// What it is the object of.
    pub core: SavedObject,
}

/// What a Durable Object is the object of.
#[derive(Debug, Serialize, Deserialize)]
pub enum SavedObject {
    /// Connections and sessions.
    Sessions(SavedBucket),
    /// A guild.
    Guild(Box<SavedAudience>),
}
