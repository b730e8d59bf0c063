//! A guild that is loaded.

mod apply;
mod audience;
mod create;
mod inquiries;
mod lists;
mod members;
mod messages;
pub mod roster;
pub mod streams;
mod threads;
mod views;
pub mod voice;

use audience::Audiences;
use std::collections::BTreeMap;
use std::sync::Arc;

use model::dispatch::PresenceUpdate;
use model::event::{self, ChannelCreate, ChannelDelete, EventKind, GuildMemberAdd};
use model::gateway::Intents;
use model::gateway::internal::GuildSnapshot;
use model::id::marker;
use model::{Channel, Event, Id, Member, Timestamp};

use super::state::State;
use super::{Effect, Input};
use crate::ids::SessionId;
use crate::json::to_json;
use crate::member_log::MemberLog;
use crate::messages::{Audience, Delivery, Listener, ToGuild, ToSessions};
use crate::payload::Payload;
use crate::presence::{self, Presence};

pub use create::Variant;
use members::Requests;
use roster::Roster;
use streams::Stream;
use views::{Shift, Views};
use voice::VoiceState;

type GuildId = Id<marker::Guild>;
type UserId = Id<marker::User>;

/// A loaded guild.
#[derive(Debug)]
pub struct Live {
    pub(super) id: GuildId,
    pub(super) state: State,
    pub(super) views: Views,
    /// Who hears what, as long as nobody sees anything else.
    pub(super) audiences: Audiences,
    pub(super) presences: BTreeMap<UserId, Arc<Presence>>,
    pub(super) voice: BTreeMap<UserId, VoiceState>,
    /// Who shares their screen.
    pub(super) streams: BTreeMap<UserId, Stream>,
    pub(super) requests: Requests,
    pub(super) roster: Roster,
    /// Grows with everything that GUILD_CREATE shows to everyone.
    pub(super) version: u64,
    /// Grows with members and presences, which only some see in GUILD_CREATE.
    people_version: u64,
}

impl Live {
    /// The guild as its snapshot tells it. Nobody is subscribed.
    pub fn new(id: GuildId, snapshot: GuildSnapshot) -> Self {
        Self {
            id,
            state: State::new(snapshot),
            views: Views::default(),
            audiences: Audiences::default(),
            presences: BTreeMap::new(),
            voice: BTreeMap::new(),
            streams: BTreeMap::new(),
            requests: Requests::default(),
            roster: Roster::default(),
            version: 0,
            people_version: 0,
        }
    }

    /// Whether nobody is subscribed.
    pub fn is_deserted(&self) -> bool {
        self.views.is_empty()
    }

    /// Takes an input, in order.
    pub fn handle(
        &mut self,
        input: Input,
        log: &MemberLog,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match input {
            Input::Told(message) => self.told(message, log, now, effects),
            Input::Publish(event) => self.publish(event, now, effects),
            Input::MembersLoaded { request, page } => {
                self.members_loaded(request, page, effects);
            }
            Input::Loaded(_) | Input::Forgotten | Input::Tick => {}
        }
    }

    fn told(
        &mut self,
        message: ToGuild,
        log: &MemberLog,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match message {
            ToGuild::Subscribe {
                listener,
                member,
                as_of,
                presence,
                friends,
                joined,
            } => {
                let known = self.state.members.get(&listener.user).cloned();
                match known.or_else(|| log.current(listener.user, *member, as_of)) {
                    Some(member) => {
                        self.subscribe(listener, member, presence, &friends, joined, effects);
                    }
                    None => effects.push(Effect::Tell(ToSessions::Unavailable {
                        session: listener.session,
                        exists: false,
                    })),
                }
            }
            ToGuild::Unsubscribe { session, user } => self.unsubscribe(session, user, now, effects),
            ToGuild::Presence { user, presence } => {
                self.set_presence(user, presence, None, effects);
            }
            ToGuild::Voice {
                session,
                user,
                update,
            } => self.set_voice(session, user, &update, now, effects),
            ToGuild::RequestMembers {
                session,
                user,
                request,
            } => self.request_members(session, user, request, now, effects),
            ToGuild::Inquire {
                session,
                user,
                inquiry,
            } => self.answer(session, user, inquiry, effects),
            ToGuild::Stream {
                session,
                user,
                command,
            } => self.stream(session, user, &command, now, effects),
            ToGuild::Show {
                session,
                user,
                subscription,
            } => self.show(session, user, subscription, now, effects),
        }
    }

    fn subscribe(
        &mut self,
        listener: Listener,
        member: Arc<Member>,
        presence: Option<Arc<Presence>>,
        friends: &[UserId],
        joined: bool,
        effects: &mut Vec<Effect>,
    ) {
        let (session, user) = (listener.session, listener.user);
        if self.state.members.insert(user, member.clone()).is_none() {
            self.state.learned.insert(user);
            self.people_changed();
            self.list_member(user, effects);
        }
        self.views.add(&self.state, listener.clone());
        self.set_presence(user, presence, Some(session), effects);
        let view = self.view(&listener, member, friends, joined);
        effects.push(Effect::Tell(ToSessions::Available { session, view }));
    }

    fn unsubscribe(
        &mut self,
        session: SessionId,
        user: UserId,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        self.views.remove(&self.state, user, session);
        self.requests.cancel(session);
        self.roster.forget(session, now);
        if self
            .voice
            .get(&user)
            .is_some_and(|voice| voice.session == session)
        {
            self.leave_voice(user, effects);
        }
        if self.views.of_user(&self.state, user).next().is_none() {
            self.set_presence(user, None, None, effects);
            if !self.state.complete {
                self.state.members.remove(&user);
                self.state.learned.remove(&user);
                self.list_member(user, effects);
            }
        }
    }

    /// Notes what others see of a member and tells them, all but the session `except`.
    fn set_presence(
        &mut self,
        user: UserId,
        presence: Option<Arc<Presence>>,
        except: Option<SessionId>,
        effects: &mut Vec<Effect>,
    ) {
        let before = match &presence {
            Some(presence) => self.presences.insert(user, presence.clone()),
            None => self.presences.remove(&user),
        };
        if before == presence || !self.state.members.contains_key(&user) {
            return;
        }
        self.people_changed();
        self.list_member(user, effects);
        // User accounts know their own presence by SESSIONS_REPLACE.
        let mut to = self.followers(user);
        to.retain(|session| Some(*session) != except);
        send_to(to, &self.presence(user), effects);
    }

    /// What members are told of a user.
    pub(super) fn presence(&self, user: UserId) -> PresenceUpdate<'_> {
        match self.presences.get(&user) {
            Some(presence) => presence.update(self.id),
            None => presence::offline(user, self.id),
        }
    }

    /// Tells sessions of channels that they see now, or no longer. `removed` is one of the latter
    /// that is no longer in the state.
    fn tell(&self, shifts: &[Shift], removed: Option<&Channel>, effects: &mut Vec<Effect>) {
        let find = |id: &Id<marker::Channel>| match removed {
            Some(channel) if channel.id == *id => Some(channel),
            _ => self.state.channels.get(id),
        };
        for shift in shifts {
            for channel in shift.gained.iter().filter_map(find) {
                send(
                    shift.listeners.iter(),
                    &ChannelCreate::new(channel),
                    effects,
                );
            }
            for channel in shift.lost.iter().filter_map(find) {
                send(
                    shift.listeners.iter(),
                    &ChannelDelete::new(channel),
                    effects,
                );
            }
            self.sync_threads(shift, effects);
            for channel in &shift.gained {
                self.tell_voice(*channel, &shift.listeners, effects);
            }
        }
    }

    /// Something that GUILD_CREATE shows to everyone is different now.
    pub(super) fn changed(&mut self) {
        self.version += 1;
    }

    /// Members or presences are different now.
    fn people_changed(&mut self) {
        self.people_version += 1;
    }
}

/// The effect for a user who becomes a member of a guild that is not loaded.
pub fn joined(event: &Event, now: Timestamp) -> Option<Effect> {
    let member = event.read::<GuildMemberAdd>().ok()?.member;
    Some(Effect::Tell(ToSessions::Joined {
        user: member.user.as_ref()?.id,
        member: Box::new(member),
        at: now,
    }))
}

/// The sessions among `listeners` that get events of this kind.
pub fn hearing<'a>(
    listeners: impl Iterator<Item = &'a Listener>,
    kind: EventKind,
) -> Vec<SessionId> {
    listeners
        .filter(|listener| listener.wants.hears(kind, false))
        .map(|listener| listener.session)
        .collect()
}

/// Sends what the guild itself has to tell to those of `listeners` that get events of the kind.
pub fn send<'a, P: event::Payload>(
    listeners: impl Iterator<Item = &'a Listener>,
    payload: &P,
    effects: &mut Vec<Effect>,
) {
    send_to(hearing(listeners, P::KIND), payload, effects);
}

/// The same to sessions that are known to get it.
pub fn send_to<P: event::Payload>(to: Vec<SessionId>, payload: &P, effects: &mut Vec<Effect>) {
    if !to.is_empty() {
        deliver(to, P::KIND, Payload::shared(to_json(payload)), effects);
    }
}

/// Adds a delivery, unless nobody gets it.
pub fn deliver(
    mut to: Vec<SessionId>,
    kind: EventKind,
    payload: Payload,
    effects: &mut Vec<Effect>,
) {
    to.sort_unstable();
    deliver_to(to.into(), kind, payload, effects);
}

/// The same for sessions that are sorted and shared.
pub fn deliver_to(to: Audience, kind: EventKind, payload: Payload, effects: &mut Vec<Effect>) {
    if !to.is_empty() {
        let delivery = Delivery { to, kind, payload };
        effects.push(Effect::Tell(ToSessions::Deliver(delivery)));
    }
}

/// Whether the session gets presences in lists.
pub fn reads_presences(listener: &Listener) -> bool {
    listener.wants.has(Intents::GUILD_PRESENCES)
}
