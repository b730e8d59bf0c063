//! What others see of a user: one presence out of all the user's sessions.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use model::Id;
use model::gateway::{Activity, ClientKind, Status, UpdatePresence};
use model::id::marker;

/// What one session says.
#[derive(Debug, Clone, Default)]
pub struct SessionPresence {
    /// Its status.
    pub status: Status,
    /// Its activities.
    pub activities: Vec<Activity>,
    /// Where it runs.
    pub client: ClientKind,
}

impl SessionPresence {
    /// The presence a session begins with.
    pub fn new(client: ClientKind, update: Option<UpdatePresence>) -> Self {
        let mut presence = Self {
            client,
            ..Self::default()
        };
        if let Some(update) = update {
            presence.update(update);
        }
        presence
    }

    /// Takes what the client sent; too many activities are cut off.
    pub fn update(&mut self, update: UpdatePresence) {
        self.status = update.status;
        self.activities = update.activities;
        self.activities.truncate(UpdatePresence::ACTIVITIES_MAX);
    }
}

/// What others see of a user who is not offline.
#[derive(Debug, PartialEq, Eq)]
pub struct Presence {
    /// The user.
    pub user: Id<marker::User>,
    // `"status":…,"activities":…,"client_status":…`, which is the same in every guild.
    fields: String,
}

impl Presence {
    /// The presence of a user with these sessions; `None` when the user looks offline.
    pub fn of<'a>(
        user: Id<marker::User>,
        sessions: impl Iterator<Item = &'a SessionPresence>,
    ) -> Option<Arc<Self>> {
        let mut clients = BTreeMap::<ClientKind, Status>::new();
        let mut activities: &[Activity] = &[];
        for session in sessions {
            let status = clients.entry(session.client).or_insert(Status::Offline);
            *status = session.status.max(*status);
            // An invisible session tells nothing of what the user does.
            if activities.is_empty() && session.status.shown() != Status::Offline {
                activities = &session.activities;
            }
        }
        clients.retain(|_, status| status.shown() != Status::Offline);
        let status = clients.values().max()?;
        let mut fields = format!(r#""status":"{}","activities":["#, status.name());
        for (i, activity) in activities.iter().enumerate() {
            fields.push_str(if i == 0 { "" } else { "," });
            fields.push_str(activity.json());
        }
        fields.push_str(r#"],"client_status":{"#);
        for (i, (client, status)) in clients.iter().enumerate() {
            let comma = if i == 0 { "" } else { "," };
            // Writing to a string cannot fail.
            let _ = write!(fields, r#"{comma}"{}":"{}""#, client.name(), status.name());
        }
        fields.push('}');
        Some(Arc::new(Self { user, fields }))
    }

    /// The presence as it is in a guild's list.
    pub fn in_list(&self) -> String {
        format!(r#"{{"user":{{"id":"{}"}},{}}}"#, self.user, self.fields)
    }

    /// The `d` of a PRESENCE_UPDATE.
    pub fn update(&self, guild: Id<marker::Guild>) -> String {
        update(self.user, guild, &self.fields)
    }
}

/// What is to be seen of a user who is offline.
const OFFLINE: &str = r#""status":"offline","activities":[],"client_status":{}"#;

/// The `d` of a PRESENCE_UPDATE about a user who went offline.
pub fn offline(user: Id<marker::User>, guild: Id<marker::Guild>) -> String {
    update(user, guild, OFFLINE)
}

/// A user who is offline, as a list has them.
pub fn offline_in_list(user: Id<marker::User>) -> String {
    format!(r#"{{"user":{{"id":"{user}"}},{OFFLINE}}}"#)
}

fn update(user: Id<marker::User>, guild: Id<marker::Guild>, fields: &str) -> String {
    format!(r#"{{"user":{{"id":"{user}"}},"guild_id":"{guild}",{fields}}}"#)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn session(client: ClientKind, update: &str) -> SessionPresence {
        SessionPresence::new(client, Some(serde_json::from_str(update).unwrap()))
    }

    #[test]
    fn the_busiest_session_counts() {
        let sessions = [
            session(ClientKind::Mobile, r#"{"status":"idle"}"#),
            session(
                ClientKind::Desktop,
                r#"{"status":"dnd","activities":[{"name":"chess","type":0}]}"#,
            ),
        ];
        let presence = Presence::of(Id::new(7), sessions.iter()).unwrap();
        let update: Value = serde_json::from_str(&presence.update(Id::new(8))).unwrap();
        let expected = json!({
            "user": {"id": "7"}, "guild_id": "8", "status": "dnd",
            "activities": [{"name": "chess", "type": 0}],
            "client_status": {"desktop": "dnd", "mobile": "idle"},
        });
        assert_eq!(update, expected);
    }

    #[test]
    fn an_invisible_session_tells_nothing() {
        let hidden = session(
            ClientKind::Web,
            r#"{"status":"invisible","activities":[{"name":"secret"}]}"#,
        );
        assert!(Presence::of(Id::new(7), [&hidden].into_iter()).is_none());
        let shown = session(ClientKind::Mobile, r#"{"status":"online"}"#);
        let both = Presence::of(Id::new(7), [&hidden, &shown].into_iter()).unwrap();
        assert!(!both.in_list().contains("secret"));
        assert!(!both.in_list().contains("web"));
    }

    #[test]
    fn nobody_connected_is_offline() {
        assert!(Presence::of(Id::new(7), [].iter()).is_none());
        let update: Value = serde_json::from_str(&offline(Id::new(7), Id::new(8))).unwrap();
        assert_eq!(update["status"], "offline");
    }
}
