//! What others see of a user: one presence out of all the user's sessions.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::dispatch::{MergedPresence, PartialUser, PresenceUpdate, Shown};
use model::gateway::{Activity, ClientKind, Status, UpdatePresence};
use model::id::marker;
use model::{Id, Timestamp};
use serde::{Deserialize, Serialize};

/// Changes of presence that a session may make within [`CHANGES_WITHIN_MS`] and that are told at
/// once. What comes on top is told when that time is over, and of several changes only the last.
///
/// See [Userdoccers/Update Presence](https://docs.discord.food/topics/gateway-events#update-presence).
pub const CHANGES_MAX: u32 = 5;

/// See [`CHANGES_MAX`].
pub const CHANGES_WITHIN_MS: i64 = 20_000;

/// What one session says.
#[derive(Debug, Clone, Default)]
pub struct SessionPresence {
    /// Its status.
    pub status: Status,
    /// Its activities, as others get them.
    pub activities: Vec<Activity>,
    /// Where it runs.
    pub client: ClientKind,
    /// The activities as the client gave them.
    given: Vec<Activity>,
}

impl SessionPresence {
    /// The presence a session of a user account or a bot begins with.
    pub fn new(
        client: ClientKind,
        update: Option<UpdatePresence>,
        bot: bool,
        now: Timestamp,
    ) -> Self {
        let mut presence = Self {
            client,
            ..Self::default()
        };
        if let Some(update) = update {
            presence.update(update, bot, now);
        }
        presence
    }

    /// The presence that a session had in another process.
    pub fn restored(status: Status, activities: Vec<Activity>, client: ClientKind) -> Self {
        Self {
            status,
            activities,
            client,
            given: Vec::new(),
        }
    }

    /// Takes what the client sent; too many activities, and too long ones, are left out. One that
    /// was there before stays as it was, so that saying the same again changes nothing.
    pub fn update(&mut self, update: UpdatePresence, bot: bool, now: Timestamp) {
        self.status = update.status;
        let before = std::mem::take(&mut self.activities);
        let given = std::mem::take(&mut self.given);
        let new = update.activities.into_iter();
        for (number, activity) in new.take(UpdatePresence::ACTIVITIES_MAX).enumerate() {
            let same = given.iter().position(|it| it.json() == activity.json());
            let shown = match same.and_then(|i| before.get(i)) {
                Some(same) => Some(same.clone()),
                None => activity.shown(bot, number, now),
            };
            if let Some(shown) = shown {
                self.activities.push(shown);
                self.given.push(activity);
            }
        }
    }
}

/// How often a session changed its presence lately.
#[derive(Debug, Default)]
pub struct Changes {
    since: Option<Timestamp>,
    count: u32,
    held: bool,
}

impl Changes {
    /// Whether a change is told now. If not, [`Self::due`] says when.
    pub fn admit(&mut self, now: Timestamp) -> bool {
        if self
            .since
            .is_none_or(|since| now.since_millis(since) >= CHANGES_WITHIN_MS)
        {
            self.since = Some(now);
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        self.held = self.count > CHANGES_MAX;
        !self.held
    }

    /// Whether a change is held back.
    pub fn is_held(&self) -> bool {
        self.held
    }

    /// When a change that is held back is to be told.
    pub fn held_until(&self) -> Option<Timestamp> {
        let since = self.since.filter(|_| self.held)?;
        Some(since.plus_millis(CHANGES_WITHIN_MS))
    }

    /// Whether a change was held back and is to be told now. Says so once.
    pub fn due(&mut self, now: Timestamp) -> bool {
        let over = self
            .since
            .is_none_or(|since| now.since_millis(since) >= CHANGES_WITHIN_MS);
        over && std::mem::take(&mut self.held)
    }
}

/// What others see of a user who is not offline.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// The user.
    pub user: Id<marker::User>,
    shown: Shown,
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
        let shown = Shown {
            status: *clients.values().max()?,
            activities: activities.to_vec(),
            client_status: clients,
        };
        Some(Arc::new(Self { user, shown }))
    }

    /// The presence as a guild's list has it, and as friends are told.
    pub fn in_list(&self) -> PresenceUpdate<'_> {
        told(self.user, None, &self.shown)
    }

    /// The presence as `merged_presences` has it.
    pub fn merged(&self) -> MergedPresence<'_> {
        MergedPresence {
            user_id: self.user,
            shown: &self.shown,
        }
    }

    /// The presence as members of a guild are told.
    pub fn update(&self, guild: Id<marker::Guild>) -> PresenceUpdate<'_> {
        told(self.user, Some(guild), &self.shown)
    }
}

/// What is to be seen of a user who is offline.
static OFFLINE: Shown = Shown {
    status: Status::Offline,
    activities: Vec::new(),
    client_status: BTreeMap::new(),
};

/// What members of a guild are told about a user who is offline.
pub fn offline(user: Id<marker::User>, guild: Id<marker::Guild>) -> PresenceUpdate<'static> {
    told(user, Some(guild), &OFFLINE)
}

/// A user who is offline, as a guild's list has them, and as friends are told.
pub fn offline_in_list(user: Id<marker::User>) -> PresenceUpdate<'static> {
    told(user, None, &OFFLINE)
}

fn told(
    user: Id<marker::User>,
    guild_id: Option<Id<marker::Guild>>,
    shown: &Shown,
) -> PresenceUpdate<'_> {
    let user = PartialUser { id: user };
    PresenceUpdate {
        user,
        guild_id,
        shown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn session(client: ClientKind, update: &str) -> SessionPresence {
        let update = serde_json::from_str(update).unwrap();
        SessionPresence::new(client, Some(update), false, Timestamp::from_millis(9))
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
        let update = json!(presence.update(Id::new(8)));
        let expected = json!({
            "user": {"id": "7"}, "guild_id": "8", "status": "dnd",
            "activities": [{"name": "chess", "type": 0, "created_at": 9, "id": "9"}],
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
        let listed = json!(both.in_list()).to_string();
        assert!(!listed.contains("secret"));
        assert!(!listed.contains("web"));
    }

    #[test]
    fn repeated_presences_change_nothing() {
        let text = r#"{"status":"dnd","activities":[{"name":"chess","type":0}]}"#;
        let mut session = session(ClientKind::Web, text);
        let before = Presence::of(Id::new(7), [&session].into_iter());
        let update = serde_json::from_str(text).unwrap();
        session.update(update, false, Timestamp::from_millis(99));
        assert_eq!(Presence::of(Id::new(7), [&session].into_iter()), before);
    }

    #[test]
    fn the_sixth_change_waits_until_the_time_is_over() {
        let mut changes = Changes::default();
        let at = |ms| Timestamp::from_millis(ms);
        for _ in 0..CHANGES_MAX {
            assert!(changes.admit(at(0)));
        }
        assert!(!changes.admit(at(1)));
        assert!(!changes.due(at(CHANGES_WITHIN_MS - 1)));
        assert!(changes.due(at(CHANGES_WITHIN_MS)));
        assert!(!changes.due(at(CHANGES_WITHIN_MS)), "once");
        assert!(changes.admit(at(CHANGES_WITHIN_MS)));
    }

    #[test]
    fn nobody_connected_is_offline() {
        assert!(Presence::of(Id::new(7), [].iter()).is_none());
        let update = json!(offline(Id::new(7), Id::new(8)));
        assert_eq!(update["status"], "offline");
    }
}
