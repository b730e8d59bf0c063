//! Who joined, changed or left just now.
//!
//! A session subscribes with a member that an internal function read a moment before. What was
//! published since then is in this log, so a role that was taken away meanwhile stays taken away.

use std::collections::VecDeque;
use std::sync::Arc;

use model::event::{EventKind, GuildMemberAdd, GuildMemberRemove, GuildMemberUpdate};
use model::id::marker;
use model::{Event, Id, Member, Timestamp};
use serde::{Deserialize, Serialize};

/// How long entries are kept: longer than any identify takes.
const KEPT_MS: i64 = 60_000;

/// How much earlier than it says a member may have been read: clocks of hosts differ.
const SKEW_MS: i64 = 5_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entry {
    at: Timestamp,
    user: Id<marker::User>,
    /// `None` when the user left.
    member: Option<Arc<Member>>,
}

/// The membership events of the last minute.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MemberLog {
    entries: VecDeque<Entry>,
}

impl MemberLog {
    /// Notes the event if it is about a member.
    pub fn record(&mut self, event: &Event, now: Timestamp) {
        if let Some((user, member)) = concerned(event) {
            self.forget(now);
            self.entries.push_back(Entry {
                at: now,
                user,
                member,
            });
        }
    }

    /// What is known now of a user whose member was read at `as_of`; `None` when they left.
    pub fn current(
        &self,
        user: Id<marker::User>,
        read: Member,
        as_of: Timestamp,
    ) -> Option<Arc<Member>> {
        let since = as_of.plus_millis(-SKEW_MS);
        let newest = self
            .entries
            .iter()
            .rev()
            .find(|entry| entry.user == user && entry.at >= since);
        match newest {
            Some(entry) => entry.member.clone(),
            None => Some(Arc::new(read)),
        }
    }

    /// Drops what is too old.
    pub fn forget(&mut self, now: Timestamp) {
        let old = |entry: &Entry| now.since_millis(entry.at) > KEPT_MS;
        while self.entries.front().is_some_and(old) {
            self.entries.pop_front();
        }
    }

    /// Whether nothing is noted any more.
    pub fn is_empty(&self, now: Timestamp) -> bool {
        self.entries
            .back()
            .is_none_or(|entry| now.since_millis(entry.at) > KEPT_MS)
    }
}

/// Whom an event is about, with the member that they are now; `None` unless it is about a member.
fn concerned(event: &Event) -> Option<(Id<marker::User>, Option<Arc<Member>>)> {
    let member = match event.kind {
        EventKind::GuildMemberAdd => event.read::<GuildMemberAdd>().ok()?.member,
        EventKind::GuildMemberUpdate => event.read::<GuildMemberUpdate>().ok()?.member,
        EventKind::GuildMemberRemove => {
            let gone = event.read::<GuildMemberRemove<'_>>().ok()?;
            return Some((gone.user.id, None));
        }
        _ => return None,
    };
    Some((member.user.as_ref()?.id, Some(Arc::new(member))))
}
