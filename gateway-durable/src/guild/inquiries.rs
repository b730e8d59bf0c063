//! What user clients ask of a guild, besides its members.

use model::Id;
use model::event::EventKind;
use model::gateway::Inquiry;
use model::id::marker;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::live::{Live, deliver, to_json};
use super::{Effect, InGuild};
use crate::ids::SessionId;
use crate::payload::Payload;

type UserId = Id<marker::User>;

/// The `d` of a GUILD_SYNC.
///
/// See [Guild Sync](https://luna.gitlab.io/discord-unofficial-docs/docs/guild_sync/).
#[derive(Serialize)]
struct Sync<'a> {
    id: Id<marker::Guild>,
    members: Vec<InGuild<'a>>,
    presences: Vec<Box<RawValue>>,
}

impl Live {
    /// Answers a session that hears of the guild.
    pub(super) fn answer(
        &self,
        session: SessionId,
        user: UserId,
        inquiry: Inquiry,
        effects: &mut Vec<Effect>,
    ) {
        let Some(listener) = self.views.find(&self.state, user, session) else {
            return;
        };
        let guild = self.id;
        // Functions keep neither sounds nor statuses, so there are none; clients wait for the
        // answer all the same.
        let (kind, json) = match inquiry {
            Inquiry::Members => (EventKind::GuildSync, self.sync(user)),
            Inquiry::Sounds => (
                EventKind::SoundboardSounds,
                json!({"guild_id": guild, "soundboard_sounds": []}).to_string(),
            ),
            Inquiry::ChannelStatuses => (
                EventKind::ChannelStatuses,
                json!({"guild_id": guild, "channels": []}).to_string(),
            ),
            Inquiry::ChannelInfo => (
                EventKind::ChannelInfo,
                json!({"guild_id": guild, "channels": []}).to_string(),
            ),
        };
        if listener.wants.hears(kind, false) {
            deliver(vec![session], kind, Payload::shared(json), effects);
        }
    }

    /// Everyone with their presences where everyone is known; in a larger guild the user alone.
    fn sync(&self, user: UserId) -> String {
        let everyone = self.state.complete;
        let members = self.state.members.iter();
        let members: Vec<_> = members.filter(|(id, _)| everyone || **id == user).collect();
        let presences = members.iter().filter_map(|(id, _)| self.presences.get(id));
        to_json(&Sync {
            id: self.id,
            presences: presences
                .filter_map(|presence| RawValue::from_string(presence.update(self.id)).ok())
                .collect(),
            members: members
                .iter()
                .map(|(_, member)| InGuild::new(self.id, member))
                .collect(),
        })
    }
}
