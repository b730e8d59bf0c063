//! What clients send.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::{
    BulkSubscriptions, GuildSubscription, Identify, Inquiry, LazyRequest, Opcode,
    RequestGuildMembers, Resume, StreamCommand, UpdatePresence, UpdateVoiceState,
};
use crate::Id;
use crate::id::marker;

/// A payload that a client sent, decoded.
#[derive(Debug, Clone)]
pub enum Command {
    /// Opcodes 1 and 40: the connection is alive, and this was the last sequence number received.
    Heartbeat(Option<u64>),
    /// Opcode 2.
    Identify(Box<Identify>),
    /// Opcode 6.
    Resume(Resume),
    /// Opcode 3.
    PresenceUpdate(UpdatePresence),
    /// Opcode 4.
    VoiceStateUpdate(UpdateVoiceState),
    /// Opcodes 8 and 35.
    RequestGuildMembers(RequestGuildMembers),
    /// Opcodes 14 and 37: what of which guilds the client shows.
    GuildSubscriptions(Vec<(Id<marker::Guild>, GuildSubscription)>),
    /// Opcodes 12, 31, 36 and 43: something about guilds.
    Inquire(Vec<Id<marker::Guild>>, Inquiry),
    /// Opcodes 18 to 20, and 22.
    Stream(StreamCommand),
    /// An opcode of clients that needs no answer (yet).
    Other(Opcode),
}

/// Why a payload is not a [`Command`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommandError {
    /// Not JSON, or not what the opcode needs. Closes with 4002.
    Undecodable,
    /// No such opcode, or one that only the server sends. Closes with 4001.
    UnknownOpcode,
}

impl Command {
    /// Decodes the JSON of a text frame.
    pub fn from_json(text: &str) -> Result<Self, CommandError> {
        #[derive(Deserialize)]
        struct Envelope<'a> {
            op: u64,
            #[serde(borrow, default)]
            d: Option<&'a RawValue>,
        }
        let envelope: Envelope<'_> =
            serde_json::from_str(text).map_err(|_| CommandError::Undecodable)?;
        let opcode = Opcode::new(envelope.op).ok_or(CommandError::UnknownOpcode)?;
        let d = envelope.d.map_or("null", RawValue::get);
        Ok(match opcode {
            Opcode::Heartbeat => Self::Heartbeat(decode(d)?),
            Opcode::QosHeartbeat => Self::Heartbeat(decode::<Qos>(d)?.seq),
            Opcode::Identify => Self::Identify(decode(d)?),
            Opcode::Resume => Self::Resume(decode(d)?),
            Opcode::PresenceUpdate => Self::PresenceUpdate(decode(d)?),
            Opcode::VoiceStateUpdate => Self::VoiceStateUpdate(decode(d)?),
            Opcode::RequestGuildMembers => Self::RequestGuildMembers(decode(d)?),
            Opcode::Dispatch
            | Opcode::Reconnect
            | Opcode::InvalidSession
            | Opcode::Hello
            | Opcode::HeartbeatAck => return Err(CommandError::UnknownOpcode),
            other => Self::of_user_client(other, d).unwrap_or(Self::Other(other)),
        })
    }

    /// What only user clients send. Discord documents none of it, so what is not understood is
    /// no reason to close a connection.
    fn of_user_client(opcode: Opcode, d: &str) -> Option<Self> {
        Some(match opcode {
            Opcode::GuildSync => Self::Inquire(decode(d).ok()?, Inquiry::Members),
            Opcode::LazyRequest => {
                let request: LazyRequest = decode(d).ok()?;
                Self::GuildSubscriptions(vec![(request.guild_id, request.subscription)])
            }
            Opcode::GuildSubscriptionsBulk => {
                let bulk: BulkSubscriptions = decode(d).ok()?;
                Self::GuildSubscriptions(bulk.subscriptions.into_iter().collect())
            }
            Opcode::StreamCreate => Self::Stream(StreamCommand::Create(decode(d).ok()?)),
            Opcode::StreamDelete => Self::Stream(StreamCommand::Delete(decode(d).ok()?)),
            Opcode::StreamWatch => Self::Stream(StreamCommand::Watch(decode(d).ok()?)),
            Opcode::StreamSetPaused => Self::Stream(StreamCommand::SetPaused(decode(d).ok()?)),
            Opcode::RequestSoundboardSounds => {
                Self::Inquire(decode::<Guilds>(d).ok()?.guild_ids, Inquiry::Sounds)
            }
            Opcode::RequestChannelStatuses => {
                let guild = decode::<OneGuild>(d).ok()?.guild_id;
                Self::Inquire(vec![guild], Inquiry::ChannelStatuses)
            }
            Opcode::RequestChannelInfo => {
                let guild = decode::<OneGuild>(d).ok()?.guild_id;
                Self::Inquire(vec![guild], Inquiry::ChannelInfo)
            }
            Opcode::SearchRecentMembers => Self::RequestGuildMembers(RequestGuildMembers {
                recent: true,
                user_ids: None,
                ..decode(d).ok()?
            }),
            _ => return None,
        })
    }
}

/// A payload that names guilds.
#[derive(Deserialize)]
struct Guilds {
    guild_ids: Vec<Id<marker::Guild>>,
}

/// A payload that names a guild.
#[derive(Deserialize)]
struct OneGuild {
    guild_id: Id<marker::Guild>,
}

/// The payload of opcode 40, as far as it is a heartbeat.
#[derive(Deserialize)]
struct Qos {
    #[serde(default)]
    seq: Option<u64>,
}

fn decode<T: DeserializeOwned>(d: &str) -> Result<T, CommandError> {
    serde_json::from_str(d).map_err(|_| CommandError::Undecodable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::RowRange;

    #[test]
    fn heartbeats_carry_a_number_or_nothing() {
        for (text, seq) in [
            (r#"{"op":1,"d":null}"#, None),
            (r#"{"op":1}"#, None),
            (r#"{"d":7,"op":1,"s":null,"t":null}"#, Some(7)),
            (r#"{"op":40,"d":{"seq":8,"qos":{}}}"#, Some(8)),
        ] {
            let Ok(Command::Heartbeat(got)) = Command::from_json(text) else {
                panic!("{text}");
            };
            assert_eq!(got, seq);
        }
    }

    #[test]
    fn wrong_shapes_are_undecodable_and_wrong_numbers_unknown() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"op":"1"}"#,
            r#"{"op":2,"d":{}}"#,
            r#"{"op":1,"d":"x"}"#,
        ] {
            let error = Command::from_json(text).unwrap_err();
            assert_eq!(error, CommandError::Undecodable, "{text}");
        }
        for op in [0, 7, 9, 10, 11, 23, 99] {
            let error = Command::from_json(&format!(r#"{{"op":{op}}}"#)).unwrap_err();
            assert_eq!(error, CommandError::UnknownOpcode, "{op}");
        }
    }

    #[test]
    fn requests_of_user_clients_are_accepted() {
        for text in [
            r#"{"op":14,"d":{"guild_id":"1","channels":{"2":[[0,99]]},"typing":true}}"#,
            r#"{"op":37,"d":{"subscriptions":{"1":{"channels":{"2":[[0,99]]},"typing":true}}}}"#,
        ] {
            let Ok(Command::GuildSubscriptions(guilds)) = Command::from_json(text) else {
                panic!("{text}");
            };
            let (guild, subscription) = &guilds[0];
            assert_eq!(*guild, Id::new(1));
            assert_eq!(subscription.typing, Some(true));
            let channels = subscription.channels.as_ref().unwrap();
            assert_eq!(channels[&Id::new(2)], [RowRange(0, 99)]);
        }
    }
}
