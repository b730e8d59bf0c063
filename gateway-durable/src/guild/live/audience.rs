//! Who hears an event.

use std::sync::Arc;

use model::Timestamp;
use model::event::EventKind;
use model::id::marker;
use model::{Audience, Id};

use super::{Live, UserId, hearing};
use crate::ids::SessionId;
use crate::messages::{self, Listener};

/// Audiences that are remembered.
const REMEMBERED_MAX: usize = 64;

/// A channel, or the whole guild, and the kind of event.
type Key = (Option<Id<marker::Channel>>, EventKind);

/// Audiences as they were computed last. They stay the same until somebody comes, goes, or sees
/// something else.
#[derive(Debug, Default)]
pub struct Audiences {
    /// The version of the views that they are of.
    version: u64,
    known: Vec<(Key, messages::Audience)>,
    /// Who may not read what others say, sorted.
    blind: Option<Arc<[(SessionId, UserId)]>>,
}

impl Audiences {
    fn refresh(&mut self, version: u64) {
        if self.version != version {
            *self = Self {
                version,
                ..Self::default()
            };
        }
    }

    fn find(&self, key: Key) -> Option<messages::Audience> {
        let mut known = self.known.iter();
        let found = known.find(|(it, _)| *it == key)?;
        Some(Arc::clone(&found.1))
    }

    fn remember(&mut self, key: Key, audience: messages::Audience) -> messages::Audience {
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        // Kinds mostly have the same audience: it is kept once.
        let same = self.known.iter().find(|(_, it)| *it == audience);
        let audience = same.map_or(audience, |(_, it)| Arc::clone(it));
        self.known.push((key, Arc::clone(&audience)));
        audience
    }
}

impl Live {
    /// The sessions that get an event of this kind for this audience.
    pub(in crate::guild) fn hearers(
        &mut self,
        audience: &Audience,
        kind: EventKind,
        now: Timestamp,
    ) -> messages::Audience {
        let key = match audience {
            Audience::Guild(_) => (None, kind),
            Audience::Channel { channel, .. }
                if kind != EventKind::TypingStart && !self.state.threads.contains_key(channel) =>
            {
                (Some(*channel), kind)
            }
            _ => return sorted(self.find_hearers(audience, kind, now)),
        };
        self.audiences.refresh(self.views.version());
        if let Some(known) = self.audiences.find(key) {
            return known;
        }
        let found = sorted(self.find_hearers(audience, kind, now));
        self.audiences.remember(key, found)
    }

    /// The sessions that may not read what others say, with their users, sorted.
    pub(super) fn blind(&mut self) -> Arc<[(SessionId, UserId)]> {
        self.audiences.refresh(self.views.version());
        let listeners = self.views.listeners();
        let blind = self.audiences.blind.get_or_insert_with(|| {
            let blind = listeners.filter(|listener| !listener.wants.reads_content());
            let mut blind: Vec<_> = blind.map(|it| (it.session, it.user)).collect();
            blind.sort_unstable();
            blind.into()
        });
        Arc::clone(blind)
    }

    fn find_hearers(&self, audience: &Audience, kind: EventKind, now: Timestamp) -> Vec<SessionId> {
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
            // These do not depend on the guild: the registry resolves them.
            Audience::Private { .. } | Audience::Users(_) => Vec::new(),
        }
    }
}

fn sorted(mut sessions: Vec<SessionId>) -> messages::Audience {
    sessions.sort_unstable();
    sessions.into()
}
