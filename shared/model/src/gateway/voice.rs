//! Where a client wants to be in voice.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::id::marker;

/// The payload of opcode 4.
///
/// See [Discord Docs/Update Voice State](https://discord.com/developers/docs/events/gateway-events#update-voice-state).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct UpdateVoiceState {
    /// The guild; none for a call in a private conversation.
    #[serde(default)]
    pub guild_id: Option<Id<marker::Guild>>,
    /// The channel to be in; none to leave.
    #[serde(default)]
    pub channel_id: Option<Id<marker::Channel>>,
    /// The microphone is off.
    #[serde(default)]
    pub self_mute: bool,
    /// The loudspeakers are off.
    #[serde(default)]
    pub self_deaf: bool,
    /// The camera is on.
    #[serde(default)]
    pub self_video: bool,
}
