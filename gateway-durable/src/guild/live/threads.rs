//! Threads: which sessions see them, and the events that they get.
//!
//! Who sees the channel sees its threads; a private one is for its members and for moderators.
//!
//! See [Discord Docs/Threads](https://discord.com/developers/docs/topics/threads).

mod list;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use model::channel::kind;
use model::event::{
    EventKind, ThreadCreate, ThreadDelete, ThreadListSync, ThreadMemberUpdate, ThreadMembersKnown,
    ThreadMembersUpdate, ThreadUpdate,
};
use model::gateway::Intents;
use model::id::marker;
use model::thread::{COUNTED_MEMBERS_MAX, ThreadMember};
use model::{Channel, Event, Id};

use super::views::Shift;
use super::{Live, UserId, deliver, hearing, send};
use crate::guild::Effect;
use crate::guild::state::keep_state;
use crate::messages::Listener;
use crate::payload::Payload;

type ChannelId = Id<marker::Channel>;
type Applied = Result<(), serde_json::Error>;

/// Where a thread is, and whether it is private.
#[derive(Debug, Clone, Copy)]
struct Place {
    id: ChannelId,
    home: ChannelId,
    private: bool,
}

impl Place {
    fn of(thread: &Channel) -> Option<Self> {
        Some(Self {
            id: thread.id,
            home: thread.parent_id()?,
            private: thread.kind == kind::PRIVATE_THREAD,
        })
    }
}

impl Live {
    /// Applies an event that tells of a thread, and sends it to those who see the thread.
    pub(super) fn thread_event(&mut self, event: &Event, effects: &mut Vec<Effect>) -> Applied {
        match event.kind {
            EventKind::ThreadCreate => self.thread_created(event, effects),
            EventKind::ThreadUpdate => self.thread_updated(event, effects),
            EventKind::ThreadDelete => self.thread_deleted(event, effects),
            EventKind::ThreadMembersUpdate => self.thread_members_changed(event, effects),
            _ => {
                let known = event.read::<ThreadMembersKnown<'_>>()?;
                let members = known
                    .members
                    .into_owned()
                    .into_iter()
                    .map(|member| (member.user_id, member));
                self.state
                    .thread_members
                    .insert(known.id, members.collect());
                Ok(())
            }
        }
    }

    fn thread_created(&mut self, event: &Event, effects: &mut Vec<Effect>) -> Applied {
        let thread = event.read::<ThreadCreate<'_>>()?.thread.into_owned();
        if self.state.threads.contains_key(&thread.id) {
            // The snapshot had it already, so everyone who sees it knows of it.
            return Ok(());
        }
        let place = Place::of(&thread);
        let forum = place.and_then(|place| self.state.channels.get_mut(&place.home));
        if let Some(forum) = forum.filter(|it| matches!(it.kind, kind::FORUM | kind::MEDIA)) {
            // A post is what others call the last message.
            forum.last_message_id = forum.last_message_id.max(Some(thread.id.cast()));
        }
        self.state.threads.insert(thread.id, thread.clone());
        self.changed();
        let listeners: Vec<_> = place.map_or_else(Vec::new, |it| self.of_place(it).collect());
        let joined = |listener: &Listener| self.membership(thread.id, listener.user);
        let (members, others): (Vec<_>, Vec<_>) = listeners
            .into_iter()
            .partition(|listener| joined(listener).is_some());
        let kind = EventKind::ThreadCreate;
        let to = hearing(others.into_iter(), kind);
        deliver(to, kind, Payload::shared(&*event.data), effects);
        for (user, own) in by_user(&members) {
            let created = ThreadCreate {
                newly_created: true,
                thread: Cow::Owned(self.with_member(&thread, user)),
            };
            send(own.into_iter(), &created, effects);
        }
        Ok(())
    }

    fn thread_updated(&mut self, event: &Event, effects: &mut Vec<Effect>) -> Applied {
        let mut thread = event.read::<ThreadUpdate<'_>>()?.0.into_owned();
        if let Some(before) = self.state.threads.get(&thread.id) {
            keep_state(before, &mut thread);
        }
        let (id, place) = (thread.id, Place::of(&thread));
        let archived = thread
            .thread()
            .is_some_and(|thread| thread.thread_metadata.archived);
        if let Some(place) = place {
            let to = hearing(self.of_place(place), event.kind);
            deliver(to, event.kind, Payload::shared(&*event.data), effects);
        }
        if archived {
            self.forget_thread(id);
        } else {
            self.state.threads.insert(id, thread);
        }
        self.changed();
        Ok(())
    }

    fn thread_deleted(&mut self, event: &Event, effects: &mut Vec<Effect>) -> Applied {
        let gone = event.read::<ThreadDelete>()?;
        let place = gone.parent_id.map(|home| Place {
            id: gone.id,
            home,
            private: gone.kind == kind::PRIVATE_THREAD,
        });
        if let Some(place) = place {
            let to = hearing(self.of_place(place), event.kind);
            deliver(to, event.kind, Payload::shared(&*event.data), effects);
        }
        self.forget_thread(gone.id);
        self.changed();
        Ok(())
    }

    fn thread_members_changed(&mut self, event: &Event, effects: &mut Vec<Effect>) -> Applied {
        let change = event.read::<ThreadMembersUpdate>()?;
        let Some(thread) = self.state.threads.get_mut(&change.id) else {
            return Ok(());
        };
        if let Some(thread) = thread.thread_mut() {
            thread.member_count = change.member_count;
        }
        let (thread, place) = (thread.clone(), Place::of(thread));
        let Some(place) = place else {
            return Ok(());
        };
        for added in &change.added_members {
            self.thread_joined(&thread, place, added, effects);
        }
        let concerns = |user: &UserId| {
            let mut added = change.added_members.iter();
            added.any(|added| added.user_id == *user) || change.removed_member_ids.contains(user)
        };
        let heard = |listener: &&Listener| {
            listener.wants.has(Intents::GUILD_MEMBERS) || concerns(&listener.user)
        };
        let to = hearing(self.of_place(place).filter(heard), event.kind);
        deliver(to, event.kind, Payload::shared(&*event.data), effects);
        let members = self.state.thread_members.entry(change.id).or_default();
        for user in &change.removed_member_ids {
            members.remove(user);
        }
        self.changed();
        Ok(())
    }

    /// Notes a new member. Their own sessions are told of it, and of the thread where they did not
    /// see it before.
    fn thread_joined(
        &mut self,
        thread: &Channel,
        place: Place,
        added: &ThreadMember,
        effects: &mut Vec<Effect>,
    ) {
        let user = added.user_id;
        let saw = self.sees(place, user);
        let member = ThreadMember {
            member: None,
            ..added.clone()
        };
        let update = ThreadMemberUpdate {
            guild_id: self.id,
            member: member.clone(),
        };
        let members = self.state.thread_members.entry(place.id).or_default();
        members.insert(user, member);
        if !self.sees(place, user) {
            return;
        }
        if !saw {
            let shown = ThreadCreate {
                newly_created: false,
                thread: Cow::Owned(self.with_member(thread, user)),
            };
            send(self.views.of_user(&self.state, user), &shown, effects);
        }
        send(self.views.of_user(&self.state, user), &update, effects);
    }

    /// Tells sessions that see other threads than before of all active ones in those channels.
    ///
    /// Who begins to moderate a channel learns of its private threads, and who ceases to is told
    /// which are left, since nothing more will be told of the others.
    pub(super) fn sync_threads(&self, shift: &Shift, effects: &mut Vec<Effect>) {
        let listeners: Vec<_> = shift.listeners.iter().collect();
        for (user, own) in by_user(&listeners) {
            let mut homes = self.homes_of_foreign(user, &shift.moderation);
            let moderation = !homes.is_empty();
            homes.extend(&shift.gained);
            let threads = self.threads_seen(user, Some(&homes));
            if threads.is_empty() && !moderation {
                continue;
            }
            let members = threads.iter();
            let members = members.filter_map(|thread| self.membership(thread.id, user));
            let members = members.map(Cow::Borrowed).collect();
            let sync = ThreadListSync {
                channel_ids: homes,
                guild_id: self.id,
                members,
                threads,
            };
            send(own.into_iter(), &sync, effects);
        }
    }

    /// Those of the channels that have a private thread of which the user is not a member.
    fn homes_of_foreign(&self, user: UserId, homes: &[ChannelId]) -> Vec<ChannelId> {
        let foreign = self.state.threads.values().filter_map(Place::of);
        let foreign: BTreeSet<ChannelId> = foreign
            .filter(|place| place.private && self.membership(place.id, user).is_none())
            .map(|place| place.home)
            .collect();
        let homes = homes.iter().filter(|home| foreign.contains(home));
        homes.copied().collect()
    }

    /// The active threads that a member sees, of these channels or of all, with themselves in those
    /// that they joined.
    pub(super) fn threads_seen(&self, user: UserId, homes: Option<&[ChannelId]>) -> Vec<Channel> {
        let threads = self.state.threads.values();
        let seen = threads.filter(|thread| {
            Place::of(thread).is_some_and(|place| {
                homes.is_none_or(|homes| homes.contains(&place.home)) && self.sees(place, user)
            })
        });
        seen.map(|thread| self.with_member(thread, user)).collect()
    }

    /// The sessions that see a thread.
    pub(super) fn of_thread(&self, thread: &Channel) -> impl Iterator<Item = &Listener> {
        let place = Place::of(thread).into_iter();
        place.flat_map(|place| self.of_place(place))
    }

    fn of_place(&self, place: Place) -> impl Iterator<Item = &Listener> {
        let members = self.state.thread_members.get(&place.id);
        let groups = self.views.groups();
        let groups = groups.filter(move |group| group.sight.channels.contains(&place.home));
        groups.flat_map(move |group| {
            let all = !place.private || group.sight.moderated.contains(&place.home);
            group.listeners.values().filter(move |listener| {
                all || members.is_some_and(|members| members.contains_key(&listener.user))
            })
        })
    }

    /// Whether a connected member sees a thread.
    fn sees(&self, place: Place, user: UserId) -> bool {
        let group = self.views.group(&self.state, user);
        group.is_some_and(|group| {
            group.sight.channels.contains(&place.home)
                && (!place.private
                    || self.membership(place.id, user).is_some()
                    || group.sight.moderated.contains(&place.home))
        })
    }

    fn membership(&self, thread: ChannelId, user: UserId) -> Option<&ThreadMember> {
        self.state.thread_members.get(&thread)?.get(&user)
    }

    /// The thread as this member gets it: with themselves, if they joined.
    fn with_member(&self, thread: &Channel, user: UserId) -> Channel {
        let mut shown = thread.clone();
        if let Some(shown) = shown.thread_mut() {
            shown.member = self.membership(thread.id, user).cloned();
        }
        shown
    }

    /// A channel or an active thread, to change it.
    pub(super) fn channel_mut(&mut self, id: ChannelId) -> Option<&mut Channel> {
        match self.state.threads.get_mut(&id) {
            Some(thread) => Some(thread),
            None => self.state.channels.get_mut(&id),
        }
    }

    fn forget_thread(&mut self, id: ChannelId) {
        self.state.threads.remove(&id);
        self.state.thread_members.remove(&id);
    }

    /// Leaving the guild leaves its threads, also those that an older event joined.
    pub(super) fn leave_threads(&mut self, user: UserId) {
        for (id, members) in &mut self.state.thread_members {
            if members.remove(&user).is_none() {
                continue;
            }
            let thread = self.state.threads.get_mut(id);
            if let Some(thread) = thread.and_then(Channel::thread_mut) {
                thread.member_count = (members.len() as u32).min(COUNTED_MEMBERS_MAX);
            }
        }
    }

    /// The channel is gone, and its threads with it.
    pub(super) fn forget_threads_of(&mut self, home: ChannelId) {
        let threads = self.state.threads.values();
        let gone = threads.filter(|thread| thread.parent_id() == Some(home));
        let gone: Vec<_> = gone.map(|thread| thread.id).collect();
        for id in gone {
            self.forget_thread(id);
        }
    }
}

fn by_user<'a>(listeners: &[&'a Listener]) -> BTreeMap<UserId, Vec<&'a Listener>> {
    let mut users = BTreeMap::<_, Vec<_>>::new();
    for listener in listeners {
        users.entry(listener.user).or_default().push(*listener);
    }
    users
}
