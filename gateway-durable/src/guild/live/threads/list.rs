//! Who is in a thread, for a client that shows it.

use std::collections::BTreeMap;

use model::event::EventKind;
use model::id::marker;
use model::{Id, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{ChannelId, Place};
use crate::guild::live::{Live, UserId, deliver, to_json};
use crate::guild::{Effect, InGuild};
use crate::ids::SessionId;
use crate::payload::Payload;
use crate::presence;

/// The `d` of THREAD_MEMBER_LIST_UPDATE.
#[derive(Serialize)]
struct ThreadMemberList<'a> {
    guild_id: Id<marker::Guild>,
    thread_id: ChannelId,
    members: Vec<ListedInThread<'a>>,
}

/// A member of a thread, in a list.
#[derive(Serialize)]
struct ListedInThread<'a> {
    id: ChannelId,
    user_id: UserId,
    join_timestamp: Timestamp,
    flags: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<InGuild<'a>>,
    presence: Option<Box<RawValue>>,
}

impl Live {
    /// Tells a session who is in a thread, if it sees the thread.
    ///
    /// See [Userdoccers/Thread Member List Update](https://docs.discord.food/topics/gateway-events#thread-member-list-update).
    pub(in crate::guild::live) fn list_thread(
        &self,
        session: SessionId,
        user: UserId,
        thread: ChannelId,
        effects: &mut Vec<Effect>,
    ) {
        let place = self.state.threads.get(&thread).and_then(Place::of);
        if !place.is_some_and(|place| self.sees(place, user)) {
            return;
        }
        let members = self.state.thread_members.get(&thread);
        let members = members.into_iter().flat_map(BTreeMap::values).map(|it| {
            let member = self.state.members.get(&it.user_id);
            let presence = match self.presences.get(&it.user_id) {
                Some(presence) => presence.update(self.id),
                None => presence::offline(it.user_id, self.id),
            };
            ListedInThread {
                member: member.map(|member| InGuild::new(self.id, member)),
                presence: RawValue::from_string(presence).ok(),
                user_id: it.user_id,
                id: thread,
                flags: it.flags,
                join_timestamp: it.join_timestamp,
            }
        });
        let list = ThreadMemberList {
            guild_id: self.id,
            thread_id: thread,
            members: members.collect(),
        };
        let payload = Payload::shared(to_json(&list));
        let kind = EventKind::ThreadMemberListUpdate;
        deliver(vec![session], kind, payload, effects);
    }
}
