//! Starting and continuing a session.

use serde::{Deserialize, Deserializer};

use super::{Capabilities, ClientKind, Intents, UpdatePresence};
use crate::Id;
use crate::id::marker;

/// The payload of opcode 2.
///
/// See [Discord Docs/Identify](https://discord.com/developers/docs/events/gateway-events#identify).
#[derive(Debug, Clone, Deserialize)]
pub struct Identify {
    /// The token, for bots with or without `Bot ` before it.
    pub token: String,
    /// SHA-256 of the bare token, where the token itself was not kept. Not of the wire.
    #[serde(skip)]
    pub token_hash: Option<[u8; 32]>,
    /// What the client says of itself.
    #[serde(default, deserialize_with = "lenient")]
    pub properties: ClientProperties,
    /// Whether large payloads may come compressed one by one. See
    /// [`Self::compresses_payloads`].
    #[serde(default, deserialize_with = "lenient")]
    compress: bool,
    /// For bots, members from which on a guild is sent without those that are offline; for users,
    /// from which on they hear only of what they look at. 50 to 250.
    #[serde(default)]
    pub large_threshold: Option<u64>,
    /// Which part of the guilds the session is for.
    #[serde(default, deserialize_with = "lenient")]
    pub shard: RequestedShard,
    /// The presence to begin with.
    #[serde(default)]
    pub presence: Option<UpdatePresence>,
    /// The events the session wants. Needed from bots since v8.
    #[serde(default, deserialize_with = "lenient")]
    pub intents: IntentBits,
    /// What a user client understands.
    #[serde(default, deserialize_with = "lenient")]
    capabilities: Option<i64>,
}

impl Identify {
    /// The largest `large_threshold`.
    pub const LARGE_THRESHOLD_MAX: u64 = 250;

    /// What a user client understands.
    pub fn capabilities(&self) -> Capabilities {
        Capabilities::from_bits_retain(self.capabilities.unwrap_or(0) as u64)
    }

    /// Whether large payloads come compressed one by one: for who asks for it, but not for who says
    /// what it understands as clients of people do. Such clients ask for it and cannot read it, and
    /// those that can compress the whole connection.
    pub fn compresses_payloads(&self) -> bool {
        self.compress && self.capabilities.is_none()
    }

    /// The token without the scheme that REST puts before it.
    pub fn bare_token(&self) -> &str {
        bare(&self.token)
    }

    /// [`Self::large_threshold`] within its bounds. When it is missing, 50 for bots and 250 for
    /// users, see [Userdoccers/Identify](https://docs.discord.food/topics/gateway-events#identify).
    pub fn large_threshold(&self, bot: bool) -> u64 {
        let most = Self::LARGE_THRESHOLD_MAX;
        let default = if bot { 50 } else { most };
        self.large_threshold.map_or(default, |n| n.clamp(50, most))
    }
}

/// The payload of opcode 6.
///
/// See [Discord Docs/Resume](https://discord.com/developers/docs/events/gateway-events#resume).
#[derive(Debug, Clone, Deserialize)]
pub struct Resume {
    /// The token that the session was started with.
    pub token: String,
    /// SHA-256 of the bare token, where the token itself was not kept. Not of the wire.
    #[serde(skip)]
    pub token_hash: Option<[u8; 32]>,
    /// The session.
    pub session_id: String,
    /// The last sequence number that the client received.
    pub seq: u64,
}

impl Resume {
    /// The token without the scheme that REST puts before it.
    pub fn bare_token(&self) -> &str {
        bare(&self.token)
    }
}

fn bare(token: &str) -> &str {
    token.strip_prefix("Bot ").unwrap_or(token).trim()
}

/// The `intents` of an identify, before they are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IntentBits {
    /// Not given.
    #[default]
    Missing,
    /// Given, and not a set of intents that exist.
    Invalid,
    /// Given.
    Given(Intents),
}

impl<'de> Deserialize<'de> for IntentBits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if value.is_null() {
            return Ok(Self::Missing);
        }
        Ok(value
            .as_u64()
            .and_then(Intents::from_bits)
            .map_or(Self::Invalid, Self::Given))
    }
}

/// The `shard` of an identify, before it is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RequestedShard {
    /// Not given: the session is for every guild.
    #[default]
    Missing,
    /// Given, and not a shard.
    Invalid,
    /// Given.
    Given(Shard),
}

impl<'de> Deserialize<'de> for RequestedShard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        if value.is_null() {
            return Ok(Self::Missing);
        }
        Ok(match serde_json::from_value::<(u32, u32)>(value) {
            Ok((id, count)) if id < count => Self::Given(Shard { id, count }),
            _ => Self::Invalid,
        })
    }
}

/// One of `count` parts into which a bot divides its guilds.
///
/// See [Discord Docs/Sharding](https://discord.com/developers/docs/events/gateway#sharding).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    /// Which part, from 0.
    pub id: u32,
    /// How many parts there are.
    pub count: u32,
}

impl Shard {
    /// The only shard of a session that asked for none.
    pub const WHOLE: Self = Self { id: 0, count: 1 };

    /// Whether the guild is in this part.
    pub const fn covers(self, guild: Id<marker::Guild>) -> bool {
        (guild.get() >> 22) % self.count as u64 == self.id as u64
    }

    /// Whether private conversations are in this part: they are all in the first.
    pub const fn covers_private(self) -> bool {
        self.id == 0
    }
}

/// What a client says of itself. Old clients put `$` before the names.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ClientProperties {
    /// The operating system.
    #[serde(default, alias = "$os")]
    pub os: Option<String>,
    /// The browser or library.
    #[serde(default, alias = "$browser")]
    pub browser: Option<String>,
    /// The client's version.
    #[serde(default)]
    pub client_version: Option<String>,
}

impl ClientProperties {
    /// Where the client runs, as `client_status` tells it.
    pub fn kind(&self) -> ClientKind {
        match self.browser.as_deref() {
            Some("Discord Client") => ClientKind::Desktop,
            Some("Discord iOS" | "Discord Android" | "Discord Embedded") => ClientKind::Mobile,
            _ => ClientKind::Web,
        }
    }
}

/// A field whose wrong type is no reason to refuse the client: it counts as missing.
fn lenient<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + serde::de::DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identify(rest: &str) -> Identify {
        serde_json::from_str(&format!(r#"{{"token":"Bot a.b.c"{rest}}}"#)).unwrap()
    }

    #[test]
    fn the_token_may_carry_its_scheme() {
        assert_eq!(identify("").bare_token(), "a.b.c");
    }

    #[test]
    fn intents_that_do_not_exist_are_invalid_not_undecodable() {
        assert_eq!(identify("").intents, IntentBits::Missing);
        for wrong in ["-1", "262144", "\"513\"", "1.5"] {
            let it = identify(&format!(r#","intents":{wrong}"#));
            assert_eq!(it.intents, IntentBits::Invalid, "{wrong}");
        }
        let given = identify(r#","intents":513"#).intents;
        let both = Intents::GUILDS | Intents::GUILD_MESSAGES;
        assert_eq!(given, IntentBits::Given(both));
    }

    #[test]
    fn a_shard_is_below_its_count() {
        for wrong in ["[1,1]", "[0,0]", "[-1,2]", "[0]", "\"0\"", "[0,1,2]"] {
            let it = identify(&format!(r#","shard":{wrong}"#));
            assert_eq!(it.shard, RequestedShard::Invalid, "{wrong}");
        }
        let guild = Id::new(3 << 22);
        assert!(Shard { id: 1, count: 2 }.covers(guild));
        assert!(!Shard { id: 0, count: 2 }.covers(guild));
        assert!(Shard::WHOLE.covers(guild));
    }

    #[test]
    fn old_and_odd_clients_are_understood() {
        let old = identify(r#","properties":{"$os":"linux"},"capabilities":"no""#);
        assert_eq!(old.properties.os.as_deref(), Some("linux"));
        assert_eq!(old.capabilities(), Capabilities::empty());
        assert_eq!(
            identify(r#","large_threshold":1"#).large_threshold(true),
            50
        );
        assert_eq!(identify("").large_threshold(false), 250);
    }
}
