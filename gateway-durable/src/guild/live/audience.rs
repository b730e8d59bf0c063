//! Who hears an event.

use model::event::EventKind;
use model::{Audience, Timestamp};

use super::{Live, hearing};
use crate::ids::SessionId;
use crate::messages::Listener;

impl Live {
    /// The sessions that get an event of this kind for this audience.
    pub(in crate::guild) fn hearers(
        &self,
        audience: &Audience,
        kind: EventKind,
        now: Timestamp,
    ) -> Vec<SessionId> {
        let heard =
            |listener: &&Listener| kind != EventKind::TypingStart || self.hears_typing(listener);
        match audience {
            Audience::Guild(_) => hearing(self.views.listeners(), kind),
            Audience::Channel { channel, .. } => match self.state.threads.get(channel) {
                Some(thread) => hearing(self.of_thread(thread).filter(heard), kind),
                None => hearing(self.views.of_channel(*channel).filter(heard), kind),
            },
            Audience::Holders {
                channel,
                permissions,
                ..
            } => {
                let holds = |listener: &&Listener| {
                    let user = listener.user;
                    self.state.members.get(&user).is_some_and(|member| {
                        let held = self.state.permissions(member, user, *channel, now);
                        held.allows(*permissions)
                    })
                };
                hearing(self.views.listeners().filter(holds), kind)
            }
            // These do not depend on the guild: the bucket resolves them.
            Audience::Private { .. } | Audience::Users(_) => Vec::new(),
        }
    }
}
