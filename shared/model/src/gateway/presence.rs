//! What a client says its user does.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, json};

use crate::Timestamp;

/// Whether and how a user is online.
///
/// Ordered by how much it says: of several sessions the greatest status is shown.
///
/// See [Discord Docs/Status Types](https://discord.com/developers/docs/events/gateway-events#update-presence-status-types).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Not connected.
    Offline,
    /// Connected, and shown as offline to others.
    Invisible,
    /// Connected and away.
    Idle,
    /// Connected.
    #[default]
    Online,
    /// Connected and not to be disturbed.
    Dnd,
}

impl Status {
    /// What others see.
    pub const fn shown(self) -> Self {
        match self {
            Self::Invisible => Self::Offline,
            other => other,
        }
    }

    /// The status as it is written in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Invisible => "invisible",
            Self::Idle => "idle",
            Self::Online => "online",
            Self::Dnd => "dnd",
        }
    }
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Ok(match &*text {
            "idle" => Self::Idle,
            "dnd" => Self::Dnd,
            // A client that says "offline" is connected all the same.
            "invisible" | "offline" => Self::Invisible,
            // User clients begin with "unknown"; Discord reads anything else as online too.
            _ => Self::Online,
        })
    }
}

/// Where a session runs, for `client_status`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum ClientKind {
    /// A desktop client.
    Desktop,
    /// A phone.
    Mobile,
    /// A browser, and every bot.
    #[default]
    Web,
}

impl ClientKind {
    /// The key in `client_status`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Desktop => "desktop",
            Self::Mobile => "mobile",
            Self::Web => "web",
        }
    }
}

/// The payload of opcode 3, and `presence` of an identify.
///
/// See [Discord Docs/Update Presence](https://discord.com/developers/docs/events/gateway-events#update-presence).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(from = "Sent")]
pub struct UpdatePresence {
    /// The status.
    pub status: Status,
    /// What the user does: at most [`Self::ACTIVITIES_MAX`] are kept.
    pub activities: Vec<Activity>,
    /// Whether the client is left alone.
    pub afk: Option<bool>,
}

/// The payload as it is sent. Discord still takes `game`, of the time when there was one activity,
/// and hikari sends that.
#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    status: Status,
    activities: Option<Vec<Activity>>,
    game: Option<Activity>,
    afk: Option<bool>,
}

impl From<Sent> for UpdatePresence {
    fn from(sent: Sent) -> Self {
        let game = || sent.game.into_iter().collect();
        Self {
            status: sent.status,
            activities: sent.activities.unwrap_or_else(game),
            afk: sent.afk,
        }
    }
}

impl UpdatePresence {
    /// Activities of one session that are kept.
    pub const ACTIVITIES_MAX: usize = 5;
}

/// One activity as the client wrote it: a JSON object with a name and a type. It stays text, since
/// clients put in what they like, and receivers get all of it.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Activity(Box<RawValue>);

impl Activity {
    /// Characters of a name.
    pub const NAME_CHARS_MAX: usize = 128;
    /// Bytes of the whole activity.
    pub const BYTES_MAX: usize = 4096;
    /// What a bot's activity may have.
    const FIELDS_OF_BOTS: &[&str] = &["name", "type", "state", "url"];

    /// Its JSON.
    pub fn json(&self) -> &str {
        self.0.get()
    }

    /// The activity as others get it, with when it began and a number that tells it from the
    /// user's others. `None` when it is longer than activities may be.
    ///
    /// See [Discord Docs/Activity Object](https://discord.com/developers/docs/events/gateway-events#activity-object).
    pub fn shown(&self, bot: bool, number: usize, now: Timestamp) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_str(self.json()).ok()?;
        let name = fields.get("name")?.as_str()?.chars().count();
        if !(1..=Self::NAME_CHARS_MAX).contains(&name) || self.json().len() > Self::BYTES_MAX {
            return None;
        }
        if bot {
            fields.retain(|field, _| Self::FIELDS_OF_BOTS.contains(&field.as_str()));
        }
        fields.entry("type").or_insert(json!(0));
        fields.entry("created_at").or_insert(json!(now.as_millis()));
        let id = format!("{:x}", now.as_millis() + number as i64);
        fields.entry("id").or_insert(json!(id));
        to_raw_value(&fields).ok().map(Self)
    }
}

impl PartialEq for Activity {
    fn eq(&self, other: &Self) -> bool {
        self.json() == other.json()
    }
}

impl Eq for Activity {}

impl<'de> Deserialize<'de> for Activity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Shape {
            #[serde(rename = "name")]
            _name: String,
            #[serde(rename = "type", default)]
            _kind: u8,
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        serde_json::from_str::<Shape>(raw.get()).map_err(serde::de::Error::custom)?;
        Ok(Self(raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_users_look_offline() {
        let update: UpdatePresence =
            serde_json::from_str(r#"{"status":"invisible","activities":null}"#).unwrap();
        assert_eq!(update.status, Status::Invisible);
        assert_eq!(update.status.shown(), Status::Offline);
    }

    #[test]
    fn others_see_of_a_bots_activity_what_bots_may_set() {
        let activity = |name: &str| -> Activity {
            let json = json!({"name": name, "state": "thinking", "party": {"id": "1"}});
            serde_json::from_value(json).unwrap()
        };
        let now = Timestamp::from_millis(16);
        let shown = activity("chess").shown(true, 1, now).unwrap();
        let expected = json!({
            "name": "chess", "type": 0, "state": "thinking", "created_at": 16, "id": "11",
        });
        assert_eq!(
            serde_json::from_str::<Value>(shown.json()).unwrap(),
            expected
        );
        let of_user = activity("chess").shown(false, 1, now).unwrap();
        assert!(of_user.json().contains("party"));
        assert!(activity("").shown(true, 1, now).is_none());
        assert!(activity(&"x".repeat(129)).shown(true, 1, now).is_none());
    }

    #[test]
    fn the_game_of_older_clients_is_an_activity() {
        let sent = r#"{"status":"dnd","game":{"name":"chess","type":0},"since":null,"afk":false}"#;
        let update: UpdatePresence = serde_json::from_str(sent).unwrap();
        assert_eq!(update.activities[0].json(), r#"{"name":"chess","type":0}"#);
        let none: UpdatePresence = serde_json::from_str(r#"{"status":"dnd","game":null}"#).unwrap();
        assert!(none.activities.is_empty());
    }

    #[test]
    fn an_activity_needs_a_name() {
        let wrong = r#"{"status":"online","activities":[{"type":0}]}"#;
        assert!(serde_json::from_str::<UpdatePresence>(wrong).is_err());
    }
}
