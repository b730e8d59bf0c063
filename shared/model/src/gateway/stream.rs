//! Sharing a screen in voice.
//!
//! See [Userdoccers/Streams](https://docs.discord.food/topics/gateway-events#streams).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::id::marker;

/// What names a stream in a guild: `guild:<guild>:<channel>:<owner>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamKey {
    /// The guild.
    pub guild: Id<marker::Guild>,
    /// The voice channel.
    pub channel: Id<marker::Channel>,
    /// Who shares their screen.
    pub owner: Id<marker::User>,
}

impl fmt::Display for StreamKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            guild,
            channel,
            owner,
        } = self;
        write!(f, "guild:{guild}:{channel}:{owner}")
    }
}

/// The text does not name a stream in a guild.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAStream;

impl FromStr for StreamKey {
    type Err = NotAStream;

    fn from_str(text: &str) -> Result<Self, NotAStream> {
        let mut parts = text.split(':');
        if parts.next() != Some("guild") {
            return Err(NotAStream);
        }
        let mut number = || parts.next()?.parse::<u64>().ok();
        let ids = (number(), number(), number());
        match (ids, parts.next()) {
            ((Some(guild), Some(channel), Some(owner)), None) => Ok(Self {
                guild: Id::new(guild),
                channel: Id::new(channel),
                owner: Id::new(owner),
            }),
            _ => Err(NotAStream),
        }
    }
}

/// What a client does about streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum StreamCommand {
    /// Opcode 18: shares the screen in a voice channel of a guild.
    Create(CreateStream),
    /// Opcode 19: stops sharing, or watching.
    Delete(NamedStream),
    /// Opcode 20: watches.
    Watch(NamedStream),
    /// Opcode 22: pauses or goes on.
    SetPaused(PausedStream),
}

/// The payload of opcode 18.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateStream {
    /// The guild; none for a call.
    #[serde(default)]
    pub guild_id: Option<Id<marker::Guild>>,
    /// The channel.
    pub channel_id: Id<marker::Channel>,
}

/// The payload of opcodes 19, 20 and 21.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedStream {
    /// A [`StreamKey`], or what the client takes for one.
    pub stream_key: String,
}

/// The payload of opcode 22.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PausedStream {
    /// A [`StreamKey`], or what the client takes for one.
    pub stream_key: String,
    /// Whether the stream pauses.
    pub paused: bool,
}

impl StreamCommand {
    /// The text that names the stream, unless it is still to be created.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Create(_) => None,
            Self::Delete(named) | Self::Watch(named) => Some(&named.stream_key),
            Self::SetPaused(paused) => Some(&paused.stream_key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let text = "guild:1:2:3";
        assert_eq!(text.parse::<StreamKey>().unwrap().to_string(), text);
        for wrong in ["", "call:1:2", "guild:1:2", "guild:1:2:3:4", "guild:a:2:3"] {
            assert_eq!(wrong.parse::<StreamKey>(), Err(NotAStream), "{wrong}");
        }
    }
}
