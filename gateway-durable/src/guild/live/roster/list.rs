//! One member list.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use model::permissions::Overwrite;
use model::{Member, Permissions, Timestamp};

use super::diff::{Op, Window, inserted, removed, updated};
use super::name::Name;
use super::rows::{Group, Place, Row, Rows};
use super::{People, UserId, wire};
use crate::guild::Effect;
use crate::guild::state::State;
use crate::ids::SessionId;

/// A list, and who shows which part of it.
#[derive(Debug, Default)]
pub struct List {
    /// The overwrites of a channel that has the list.
    pub overwrites: Vec<Overwrite>,
    /// Its rows.
    pub rows: Rows,
    /// Who shows it, by what they show of it. Windows are merged.
    pub watchers: BTreeMap<Vec<Window>, BTreeSet<SessionId>>,
    /// Since when nobody does.
    pub idle_since: Option<Timestamp>,
    /// Whether somebody may know numbers that are no longer right.
    pub stale: bool,
    /// The numbers that those know who show the same part; `None` when they know different ones.
    pub(super) told: BTreeMap<Vec<Window>, Option<Counts>>,
}

/// The numbers that every update of a list tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Counts {
    members: u32,
    online: usize,
    groups: Vec<(Group, usize)>,
}

/// What moved in a list: the ops of each set of windows.
pub type Moves = BTreeMap<Vec<Window>, Vec<Op>>;

impl List {
    /// Lists everyone of a guild anew.
    pub fn fill(&mut self, name: &Name, places: &HashMap<UserId, Place>, state: &State) {
        let admitted = places.iter().filter(|(user, _)| {
            let member = state.members.get(user);
            member.is_some_and(|member| self.admits(name, **user, member, state))
        });
        let mut places: Vec<Place> = admitted.map(|(_, place)| place.clone()).collect();
        // In order, each goes to the end of the tree.
        places.sort_unstable();
        self.rows = Rows::default();
        for place in places {
            self.rows.insert(place);
        }
    }

    /// Whether a member sees the channels of this list.
    pub fn admits(&self, name: &Name, user: UserId, member: &Member, state: &State) -> bool {
        if *name == Name::Everyone {
            return true;
        }
        let grants = state.grants(&member.roles);
        let standing = state.standing(user, &grants, false);
        let held = standing.in_channel(&self.overwrites);
        held.allows(Permissions::VIEW_CHANNEL)
    }

    /// Moves a member from one place to another, either of which may be none.
    pub fn change(&mut self, was: Option<&Place>, is: Option<&Place>) -> Moves {
        let mut moves: Moves = self
            .watchers
            .keys()
            .map(|w| (w.clone(), Vec::new()))
            .collect();
        if let (Some(was), Some(is)) = (was, is)
            && was == is
        {
            let (index, row) = (self.rows.row(is), Row::Member(is.user));
            for (windows, ops) in &mut moves {
                updated(windows, index, row, ops);
            }
            return moves;
        }
        if let Some(was) = was {
            let before = self.rows.len();
            let span = self.rows.remove(was);
            for (windows, ops) in &mut moves {
                removed(windows, span, before, &self.rows, ops);
            }
        }
        if let Some(is) = is {
            let before = self.rows.len();
            let span = self.rows.insert(is.clone());
            for (windows, ops) in &mut moves {
                inserted(windows, span, before, &self.rows, ops);
            }
        }
        self.stale |= was.is_some() || is.is_some();
        moves
    }

    /// Sends each session what moved in its windows.
    pub fn tell(
        &mut self,
        name: &Name,
        moves: Moves,
        people: People<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let counts = self.counts(people);
        for (windows, ops) in moves.into_iter().filter(|(_, ops)| !ops.is_empty()) {
            let watchers = self.watchers.get(&windows);
            let to = watchers.into_iter().flatten().copied().collect();
            wire::send(name, &self.rows, &ops, to, people, effects);
            self.told.insert(windows, Some(counts.clone()));
        }
    }

    /// Sends everyone all that they show.
    pub fn tell_all(&mut self, name: &Name, people: People<'_>, effects: &mut Vec<Effect>) {
        self.stale = false;
        let moves = self.watchers.keys().map(|windows| {
            let parts = windows.iter().flat_map(|window| window.parts());
            let ops = parts.map(|part| sync(&self.rows, part)).collect();
            (windows.clone(), ops)
        });
        self.tell(name, moves.collect(), people, effects);
    }

    /// A session begins to show these windows, and is told what the ops say.
    pub fn watch(
        &mut self,
        name: &Name,
        (windows, session): (Vec<Window>, SessionId),
        ops: &[Op],
        people: People<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let counts = Some(self.counts(people));
        let told = self.told.entry(windows.clone());
        let told = told.or_insert_with(|| counts.clone());
        if *told != counts {
            // Others who show the same do not know these numbers yet: the next tick tells all.
            *told = None;
            self.stale = true;
        }
        self.watchers.entry(windows).or_default().insert(session);
        wire::send(name, &self.rows, ops, vec![session], people, effects);
    }

    /// A session does not show these windows any more.
    pub fn unwatch(&mut self, windows: &[Window], session: SessionId, now: Timestamp) {
        if let Some(watchers) = self.watchers.get_mut(windows) {
            watchers.remove(&session);
            if watchers.is_empty() {
                self.watchers.remove(windows);
                self.told.remove(windows);
            }
            if self.watchers.is_empty() {
                self.idle_since = Some(now);
            }
        }
    }

    /// Tells the numbers to those who know others.
    pub fn refresh_counts(&mut self, name: &Name, people: People<'_>, effects: &mut Vec<Effect>) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let counts = Some(self.counts(people));
        let mut to = Vec::new();
        for (windows, watchers) in &self.watchers {
            if self.told.get(windows) != Some(&counts) {
                self.told.insert(windows.clone(), counts.clone());
                to.extend(watchers.iter().copied());
            }
        }
        if !to.is_empty() {
            wire::send(name, &self.rows, &[], to, people, effects);
        }
    }

    fn counts(&self, people: People<'_>) -> Counts {
        Counts {
            members: people.state.member_count,
            online: people.presences.len(),
            groups: self.rows.groups().collect(),
        }
    }
}

/// The rows of a window.
pub fn sync(rows: &Rows, window: Window) -> Op {
    let size = window.last + 1 - window.first;
    Op::Sync(window, rows.slice(window.first, size))
}
