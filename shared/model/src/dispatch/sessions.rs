//! The sessions of a user, as the user sees them.

use serde::{Serialize, Serializer};

use crate::event::payloads;
use crate::gateway::{Activity, ClientKind, Status};

/// All sessions of the receiver; see READY's `sessions`.
///
/// See [Userdoccers/Sessions Replace](https://docs.discord.food/topics/gateway-events#sessions-replace).
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct SessionsReplace<'a>(pub Vec<SessionEntry<'a>>);

payloads!(of SessionsReplace<'a>);

/// A session, as its user sees it.
///
/// See [Userdoccers/Session Object](https://docs.discord.food/topics/gateway-events#session-object).
#[derive(Debug, Serialize)]
pub struct SessionEntry<'a> {
    /// The session, or `all` for what the user's sessions are together.
    pub session_id: String,
    /// Its status.
    pub status: Status,
    /// What the user does in it.
    pub activities: &'a [Activity],
    /// None exist here.
    pub hidden_activities: [(); 0],
    /// What it runs on.
    pub client_info: SessionClient<'a>,
    /// Always true.
    pub active: bool,
}

/// What a session runs on.
#[derive(Debug, Serialize)]
pub struct SessionClient<'a> {
    /// The kind of client; `None`, which is written `unknown`, for all sessions together.
    #[serde(serialize_with = "known_or_unknown")]
    pub client: Option<ClientKind>,
    /// The operating system.
    pub os: &'a str,
    /// Always 0.
    pub version: u8,
}

fn known_or_unknown<S: Serializer>(
    client: &Option<ClientKind>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(client.map_or("unknown", ClientKind::name))
}
