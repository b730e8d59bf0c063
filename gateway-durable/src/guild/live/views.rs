//! Connected sessions, grouped by what they see.
//!
//! Members with the same roles see the same channels, so permissions are computed once for a
//! group, however many sessions it has. Only owners and members with overwrites of their own stand
//! apart.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use model::Id;
use model::id::marker;

use crate::guild::state::{Sight, State};
use crate::ids::SessionId;
use crate::messages::Listener;
use crate::payload::Body;

type ChannelId = Id<marker::Channel>;
type UserId = Id<marker::User>;

/// What decides which channels a member sees.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    owner: bool,
    roles: Vec<Id<marker::Role>>,
    /// The member, if some channel has an overwrite for them.
    own: Option<UserId>,
}

/// Sessions that see the same.
#[derive(Debug, Default)]
pub struct Group {
    /// What they see.
    pub sight: Arc<Sight>,
    /// The sessions, those of one user together.
    pub(super) listeners: BTreeMap<(UserId, SessionId), Listener>,
    /// GUILD_CREATE as it was last written for one of them, by variant.
    pub written: BTreeMap<super::Variant, (u64, Arc<Body>)>,
}

/// Sessions that see something else than before.
#[derive(Debug)]
pub struct Shift {
    /// The sessions.
    pub listeners: Vec<Listener>,
    /// Channels they see now and did not see before.
    pub gained: Vec<ChannelId>,
    /// Channels they saw before and do not see now.
    pub lost: Vec<ChannelId>,
    /// Channels they saw and see whose threads they began or ceased to moderate.
    pub moderation: Vec<ChannelId>,
}

impl Shift {
    fn between(before: &Sight, after: &Sight, listeners: &[Listener]) -> Option<Self> {
        let kept = |id: &&ChannelId| before.channels.contains(id) && after.channels.contains(id);
        let moderation = before.moderated.symmetric_difference(&after.moderated);
        (before != after).then(|| Self {
            listeners: listeners.to_vec(),
            gained: after
                .channels
                .difference(&before.channels)
                .copied()
                .collect(),
            lost: before
                .channels
                .difference(&after.channels)
                .copied()
                .collect(),
            moderation: moderation.filter(kept).copied().collect(),
        })
    }

    /// Whether the session is among these and gained the channel.
    fn gains(&self, session: SessionId, channel: ChannelId) -> bool {
        self.gained.contains(&channel) && self.listeners.iter().any(|l| l.session == session)
    }
}

/// Whether one of the shifts let the session see the channel.
pub fn gained(shifts: &[Shift], session: SessionId, channel: ChannelId) -> bool {
    shifts.iter().any(|shift| shift.gains(session, channel))
}

/// All sessions that are subscribed.
#[derive(Debug, Default)]
pub struct Views {
    groups: BTreeMap<Key, Group>,
    /// The sessions of bots, by their users.
    bots: BTreeSet<(UserId, SessionId)>,
    /// Grows whenever anybody may see something else than before.
    version: u64,
}

impl Views {
    /// Whether nobody is subscribed.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Stays the same as long as everybody sees what they saw.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The groups, in a fixed order.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// All sessions.
    pub fn listeners(&self) -> impl Iterator<Item = &Listener> {
        self.groups().flat_map(|group| group.listeners.values())
    }

    /// The sessions of a user.
    pub fn of_user(&self, state: &State, user: UserId) -> impl Iterator<Item = &Listener> {
        let group = self.groups.get(&key(state, user));
        let own = (user, SessionId(0))..=(user, SessionId(u128::MAX));
        let listeners = group
            .into_iter()
            .map(move |group| group.listeners.range(own.clone()));
        listeners.flatten().map(|(_, listener)| listener)
    }

    /// One session of a user.
    pub fn find(&self, state: &State, user: UserId, session: SessionId) -> Option<&Listener> {
        let group = self.groups.get(&key(state, user))?;
        group.listeners.get(&(user, session))
    }

    /// The sessions of bots.
    pub fn bots(&self, state: &State) -> impl Iterator<Item = &Listener> {
        let bots = self.bots.iter();
        bots.filter_map(move |(user, session)| self.find(state, *user, *session))
    }

    /// The sessions that see a channel.
    pub fn of_channel(&self, channel: ChannelId) -> impl Iterator<Item = &Listener> {
        self.groups()
            .filter(move |group| group.sight.channels.contains(&channel))
            .flat_map(|group| group.listeners.values())
    }

    /// The group in which a user is, if it exists.
    pub fn group(&self, state: &State, user: UserId) -> Option<&Group> {
        self.groups.get(&key(state, user))
    }

    /// The same, to change it.
    pub fn group_mut(&mut self, state: &State, user: UserId) -> Option<&mut Group> {
        self.groups.get_mut(&key(state, user))
    }

    /// Adds a session. Its member must be in the state.
    pub fn add(&mut self, state: &State, listener: Listener) {
        self.version += 1;
        let key = key(state, listener.user);
        let group = self.groups.entry(key).or_insert_with_key(|key| Group {
            sight: sight(state, key, listener.user),
            ..Group::default()
        });
        let name = (listener.user, listener.session);
        if listener.wants.bot {
            self.bots.insert(name);
        }
        group.listeners.insert(name, listener);
    }

    /// Removes a session of a user, wherever it is.
    pub fn remove(&mut self, state: &State, user: UserId, session: SessionId) {
        self.version += 1;
        let key = key(state, user);
        self.bots.remove(&(user, session));
        if let Some(group) = self.groups.get_mut(&key) {
            group.listeners.remove(&(user, session));
            if group.listeners.is_empty() {
                self.groups.remove(&key);
            }
        }
    }

    /// Groups all sessions anew after `state` changed, and tells who sees what else than before.
    ///
    /// Groups are found by what the state says of their users, so this must follow every change of
    /// roles, overwrites or the owner before anything else is asked.
    pub fn regroup(&mut self, state: &State) -> Vec<Shift> {
        let mut shifts = Vec::new();
        for (_, old) in std::mem::take(&mut self.groups) {
            let mut moved = BTreeMap::<Key, Vec<Listener>>::new();
            for (_, listener) in old.listeners {
                moved
                    .entry(key(state, listener.user))
                    .or_default()
                    .push(listener);
            }
            for (key, listeners) in moved {
                shifts.extend(self.regrouped(state, key, &old.sight, listeners));
            }
        }
        shifts
    }

    /// Carries out a change of `state` that is about one member, such as of their roles, groups
    /// their sessions anew, and tells whether they see anything else than before.
    pub fn regroup_user(
        &mut self,
        state: &mut State,
        user: UserId,
        change: impl FnOnce(&mut State),
    ) -> Option<Shift> {
        let own: Vec<Listener> = self.of_user(state, user).cloned().collect();
        let before = key(state, user);
        let sight = self.groups.get(&before).map(|group| group.sight.clone());
        for listener in &own {
            self.remove(state, user, listener.session);
        }
        change(state);
        if own.is_empty() {
            return None;
        }
        let bots = own.iter().filter(|listener| listener.wants.bot);
        self.bots
            .extend(bots.map(|listener| (user, listener.session)));
        self.regrouped(state, key(state, user), &sight.unwrap_or_default(), own)
    }

    fn regrouped(
        &mut self,
        state: &State,
        key: Key,
        before: &Sight,
        listeners: Vec<Listener>,
    ) -> Option<Shift> {
        self.version += 1;
        let user = listeners.first()?.user;
        let group = self.groups.entry(key).or_insert_with_key(|key| Group {
            sight: sight(state, key, user),
            ..Group::default()
        });
        let shift = Shift::between(before, &group.sight, &listeners);
        let named = listeners.into_iter().map(|it| ((it.user, it.session), it));
        group.listeners.extend(named);
        shift
    }
}

fn key(state: &State, user: UserId) -> Key {
    let member = state.members.get(&user);
    let grants = member.map_or_else(Vec::new, |member| state.grants(&member.roles));
    Key {
        owner: state.guild.owner_id == user,
        roles: grants.into_iter().map(|(role, _)| role).collect(),
        own: state.overwritten.contains(&user).then_some(user),
    }
}

/// `user` is any member of the group: only its own overwrites would tell it from another.
fn sight(state: &State, key: &Key, user: UserId) -> Arc<Sight> {
    let grants = state.grants(&key.roles);
    Arc::new(state.sight(&state.standing(user, &grants, false)))
}
