//! The member lists of a guild that clients show, and who shows which part of them.
//!
//! A list is built when its first rows are asked for, once for all channels that the same members
//! see, and follows every change from then on. It has the members that the guild knows: everyone
//! where there are at most [`SNAPSHOT_MEMBERS_MAX`], else those who are online, as Discord does.
//!
//! A change of one member costs, in each list, a few steps down a tree and one payload for each
//! distinct set of windows in which rows move. Changes that move many members at once, of roles or
//! of the owner, build the lists anew with the next tick, and who shows them gets their rows again.
//!
//! [`SNAPSHOT_MEMBERS_MAX`]: model::gateway::internal::SNAPSHOT_MEMBERS_MAX

mod diff;
mod list;
mod name;
mod rows;
mod wire;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use model::gateway::{GuildSubscription, RowRange};
use model::id::marker;
use model::permissions::Overwrite;
use model::{Channel, Id, Member, Timestamp};

use crate::guild::Effect;
use crate::guild::state::State;
use crate::ids::SessionId;
use crate::presence::Presence;
use diff::{Op, Window, dropped, merged, windows};
use list::{List, sync};
use name::Name;
use rows::{Group, Place};

type ChannelId = Id<marker::Channel>;
type UserId = Id<marker::User>;

/// Rows of one range. Discord's client asks for a hundred at a time.
pub const WINDOW_ROWS_MAX: u32 = 100;

/// Ranges of one channel that are looked at. Discord's client sends at most three.
pub const WINDOWS_MAX: usize = 5;

/// Channels of one guild that a session may show at a time: as many as Discord's client keeps.
pub const CHANNELS_MAX: usize = 5;

/// Members of one guild of whose presences a session may be told.
pub const MEMBERS_MAX: usize = 100;

/// How long a list without viewers is kept, for clients that go from channel to channel.
const KEPT_MS: i64 = 60_000;

/// What the lists are made of.
#[derive(Debug, Clone, Copy)]
pub struct People<'a> {
    /// The members, roles and channels.
    pub state: &'a State,
    /// Who is online.
    pub presences: &'a BTreeMap<UserId, Arc<Presence>>,
}

/// What a session wants of the guild.
#[derive(Debug)]
pub struct Subscription {
    /// Whose session it is.
    user: UserId,
    /// The channels whose lists it shows, and which rows.
    channels: BTreeMap<ChannelId, Vec<Window>>,
    /// Whether it is told who types in a large guild.
    pub typing: bool,
    /// Of whose presences it is told in a large guild.
    members: BTreeSet<UserId>,
    /// The rows of each list that are kept right for it.
    shown: BTreeMap<Name, Vec<Window>>,
}

/// All lists of a guild.
#[derive(Debug, Default)]
pub struct Roster {
    places: HashMap<UserId, Place>,
    lists: BTreeMap<Name, List>,
    subscriptions: BTreeMap<SessionId, Subscription>,
    /// Members, and the sessions that are told of their presences.
    followers: BTreeSet<(UserId, SessionId)>,
    /// Whether sessions show lists that were not built yet: they come from another process.
    restored: bool,
    /// Whether lists are to be built anew with the next tick.
    outdated: bool,
}

impl Roster {
    /// What a session wants, if it ever said.
    pub fn subscription(&self, session: SessionId) -> Option<&Subscription> {
        self.subscriptions.get(&session)
    }

    /// The sessions that ever said what they want, and whose they are.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionId, UserId)> {
        let subscriptions = self.subscriptions.iter();
        subscriptions.map(|(session, subscription)| (*session, subscription.user))
    }

    /// Whether a session wants to be told of a member's presence.
    pub fn follows(&self, session: SessionId, member: UserId) -> bool {
        self.followers.contains(&(member, session))
    }

    /// The sessions that want to be told of a member's presence, and whose they are.
    pub fn followers(&self, member: UserId) -> impl Iterator<Item = (SessionId, UserId)> {
        let all = (member, SessionId(0))..=(member, SessionId(u128::MAX));
        let sessions = self.followers.range(all).map(|(_, session)| *session);
        sessions.filter_map(|session| Some((session, self.subscriptions.get(&session)?.user)))
    }

    /// Notes what a session wants now. [`Self::show`] must follow.
    pub fn subscribe(&mut self, session: SessionId, user: UserId, wanted: GuildSubscription) {
        let new = Subscription {
            user,
            channels: BTreeMap::new(),
            typing: false,
            members: BTreeSet::new(),
            shown: BTreeMap::new(),
        };
        let subscription = self.subscriptions.entry(session).or_insert(new);
        if let Some(typing) = wanted.typing {
            subscription.typing = typing;
        }
        if let Some(members) = wanted.members {
            for member in &subscription.members {
                self.followers.remove(&(*member, session));
            }
            subscription.members = members.into_iter().take(MEMBERS_MAX).collect();
            let members = subscription.members.iter();
            self.followers
                .extend(members.map(|member| (*member, session)));
        }
        if let Some(channels) = wanted.channels {
            let channels = channels.into_iter().take(CHANNELS_MAX);
            subscription.channels = channels
                .map(|(channel, ranges)| (channel, windows(&ranges)))
                .collect();
        }
    }

    /// What a session wants, to be saved.
    pub fn saved(&self, session: SessionId) -> Option<GuildSubscription> {
        let subscription = self.subscriptions.get(&session)?;
        let range = |w: &Window| RowRange(w.first as u32, w.last as u32);
        let channels = subscription.channels.iter();
        Some(GuildSubscription {
            channels: Some(
                channels
                    .map(|(channel, windows)| (*channel, windows.iter().map(range).collect()))
                    .collect(),
            ),
            typing: Some(subscription.typing),
            members: Some(subscription.members.iter().copied().collect()),
            thread_member_lists: None,
        })
    }

    /// Takes what a session wanted of the process before. Its rows are sent with the next tick.
    pub fn restore(&mut self, session: SessionId, user: UserId, saved: GuildSubscription) {
        self.subscribe(session, user, saved);
        self.restored = true;
    }

    /// Whether [`Self::restore`] was called since this was last asked.
    pub fn take_restored(&mut self) -> bool {
        std::mem::take(&mut self.restored)
    }

    /// The session is gone.
    pub fn forget(&mut self, session: SessionId, now: Timestamp) {
        if let Some(subscription) = self.subscriptions.remove(&session) {
            for member in subscription.members {
                self.followers.remove(&(member, session));
            }
            for (name, windows) in subscription.shown {
                self.unwatch(&name, &merged(&windows), session, now);
            }
        }
    }

    /// Sends a session the rows that it shows and did not show before. `visible` are the channels
    /// that it may see now: lists of others are no longer kept right for it.
    pub fn show(
        &mut self,
        session: SessionId,
        visible: &BTreeSet<ChannelId>,
        people: People<'_>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(subscription) = self.subscriptions.get_mut(&session) else {
            return;
        };
        let mut wanted = BTreeMap::<Name, (Vec<Overwrite>, Vec<Window>)>::new();
        for (channel, windows) in &subscription.channels {
            if let Some(overwrites) = overwrites(people.state, *channel)
                && people
                    .state
                    .home_of(*channel)
                    .is_some_and(|home| visible.contains(&home.id))
            {
                let name = Name::of(people.state, overwrites);
                let (_, all) = wanted
                    .entry(name)
                    .or_insert_with(|| (overwrites.to_vec(), Vec::new()));
                all.extend(windows);
                all.sort();
                all.dedup();
            }
        }
        let shown = wanted.iter().map(|(name, (_, windows))| (name, windows));
        let shown = shown.map(|(name, windows)| (name.clone(), windows.clone()));
        let before = std::mem::replace(&mut subscription.shown, shown.collect());
        for (name, windows) in &before {
            let kept = wanted.get(name).map_or(&[][..], |(_, windows)| windows);
            if kept != windows {
                self.unwatch(name, &merged(windows), session, now);
            }
        }
        for (name, (overwrites, windows)) in wanted {
            let before = before.get(&name).map_or(&[][..], Vec::as_slice);
            if before == windows {
                continue;
            }
            let list = self.watched(&name, overwrites, people);
            let mut ops: Vec<Op> = dropped(&merged(before), &merged(&windows))
                .into_iter()
                .map(Op::Invalidate)
                .collect();
            let new = windows.iter().filter(|window| !before.contains(window));
            ops.extend(new.map(|window| sync(&list.rows, *window)));
            let watched = (merged(&windows), session);
            list.watch(&name, watched, &ops, people, effects);
        }
    }

    /// The list, built if it is not there.
    fn watched(
        &mut self,
        name: &Name,
        overwrites: Vec<Overwrite>,
        people: People<'_>,
    ) -> &mut List {
        if self.lists.is_empty() {
            self.places = places(people);
        }
        let places = &self.places;
        let list = self.lists.entry(name.clone()).or_insert_with(|| {
            let mut list = List {
                overwrites,
                ..List::default()
            };
            list.fill(name, places, people.state);
            list
        });
        list.idle_since = None;
        list
    }

    fn unwatch(&mut self, name: &Name, windows: &[Window], session: SessionId, now: Timestamp) {
        if let Some(list) = self.lists.get_mut(name) {
            list.unwatch(windows, session, now);
        }
    }

    /// A member came, went, or changed in any way that lists show.
    pub fn refresh(&mut self, user: UserId, people: People<'_>, effects: &mut Vec<Effect>) {
        if self.lists.is_empty() {
            return;
        }
        let member = people.state.members.get(&user);
        let new = member.and_then(|member| place(user, member, people));
        let old = match &new {
            Some(new) => self.places.insert(user, new.clone()),
            None => self.places.remove(&user),
        };
        for (name, list) in &mut self.lists {
            let was = old.as_ref().filter(|place| list.rows.contains(place));
            let is = new
                .as_ref()
                .filter(|_| member.is_some_and(|it| list.admits(name, user, it, people.state)));
            let moves = list.change(was, is);
            list.tell(name, moves, people, effects);
        }
    }

    /// Roles or the owner changed: every member may stand elsewhere. Until the next tick lists are
    /// what they were, so that many such changes at once cost no more than one.
    pub fn outdate(&mut self) {
        self.outdated = true;
    }

    /// Builds all lists anew and sends everyone what they show.
    pub fn rebuild(&mut self, people: People<'_>, effects: &mut Vec<Effect>) {
        self.outdated = false;
        if self.lists.is_empty() {
            return;
        }
        self.places = places(people);
        for (name, list) in &mut self.lists {
            list.fill(name, &self.places, people.state);
            list.tell_all(name, people, effects);
        }
    }

    /// The number of members changed, which every list tells.
    pub fn count_changed(&mut self) {
        for list in self.lists.values_mut() {
            list.stale = true;
        }
    }

    /// Whether the next tick sends something.
    pub fn is_due(&self) -> bool {
        self.restored || self.outdated || self.lists.values().any(|list| list.stale)
    }

    /// Tells who shows a list how large its groups are now, if nothing else did, and forgets lists
    /// that nobody shows.
    pub fn tick(&mut self, people: People<'_>, now: Timestamp, effects: &mut Vec<Effect>) {
        let old = |since: Timestamp| now.since_millis(since) > KEPT_MS;
        self.lists
            .retain(|_, list| !list.idle_since.is_some_and(old));
        if self.lists.is_empty() {
            self.places = HashMap::new();
        }
        if self.outdated {
            self.rebuild(people, effects);
        }
        for (name, list) in &mut self.lists {
            list.refresh_counts(name, people, effects);
        }
    }
}

/// The overwrites that count in a channel: for a thread, its channel's.
fn overwrites(state: &State, id: ChannelId) -> Option<&[Overwrite]> {
    state.home_of(id).map(Channel::overwrites)
}

/// Where every member stands whom lists have.
fn places(people: People<'_>) -> HashMap<UserId, Place> {
    let members = people.state.members.iter();
    members
        .filter_map(|(user, member)| Some((*user, place(*user, member, people)?)))
        .collect()
}

/// Where a member stands; `None` when lists leave them out: where not everyone is known, those
/// who are offline.
fn place(user: UserId, member: &Member, people: People<'_>) -> Option<Place> {
    let group = if !people.presences.contains_key(&user) {
        people.state.complete.then_some(Group::Offline)?
    } else {
        let roles = member.roles.iter();
        let roles = roles.filter_map(|id| people.state.roles.get(id));
        let hoisted = roles.filter(|role| role.hoist).map(|role| Group::Hoisted {
            position: Reverse(role.position),
            role: role.id,
        });
        hoisted.min().unwrap_or(Group::Online)
    };
    let user_object = member.user.as_ref();
    let global = user_object.and_then(|user| user.global_name.as_deref());
    let name = member.nick.as_deref().or(global);
    let name = name.or(user_object.map(|user| &*user.username));
    Some(Place {
        group,
        name: name.unwrap_or_default().to_lowercase().into(),
        user,
    })
}
