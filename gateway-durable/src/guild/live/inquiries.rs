//! What user clients ask of a guild, besides its members.

use model::Id;
use model::dispatch::{ChannelInfo, ChannelStatuses, GuildSync, SoundboardSounds};
use model::gateway::Inquiry;
use model::id::marker;
use model::member::MemberInGuild;

use super::{Live, send};
use crate::guild::Effect;
use crate::ids::SessionId;

type UserId = Id<marker::User>;

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
        // Functions keep neither sounds nor statuses, so there are none; clients wait for the
        // answer all the same.
        let (guild_id, to) = (self.id, std::iter::once(listener));
        match inquiry {
            Inquiry::Members => send(to, &self.sync(user), effects),
            Inquiry::Sounds => {
                let soundboard_sounds = [];
                let sounds = SoundboardSounds {
                    guild_id,
                    soundboard_sounds,
                };
                send(to, &sounds, effects);
            }
            Inquiry::ChannelStatuses => {
                let channels = [];
                send(to, &ChannelStatuses { guild_id, channels }, effects);
            }
            Inquiry::ChannelInfo => {
                let channels = [];
                send(to, &ChannelInfo { guild_id, channels }, effects);
            }
        }
    }

    /// Everyone with their presences where everyone is known; in a larger guild the user alone.
    fn sync(&self, user: UserId) -> GuildSync<'_> {
        let everyone = self.state.complete;
        let members = self.state.members.iter();
        let members: Vec<_> = members.filter(|(id, _)| everyone || **id == user).collect();
        let presences = members.iter().filter_map(|(id, _)| self.presences.get(id));
        GuildSync {
            id: self.id,
            presences: presences.map(|presence| presence.update(self.id)).collect(),
            members: members
                .iter()
                .map(|(_, member)| MemberInGuild::new(self.id, member))
                .collect(),
        }
    }
}
