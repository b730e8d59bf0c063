//! Who is in a thread, for a client that shows it.

use std::collections::BTreeMap;

use model::dispatch::{ListedThreadMember, ThreadMemberListUpdate};
use model::member::MemberInGuild;

use super::{ChannelId, Place};
use crate::guild::Effect;
use crate::guild::live::{Live, UserId, send_to};
use crate::ids::SessionId;

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
            ListedThreadMember {
                member: member.map(|member| MemberInGuild::new(self.id, member)),
                presence: self.presence(it.user_id),
                user_id: it.user_id,
                id: thread,
                flags: it.flags,
                join_timestamp: it.join_timestamp,
            }
        });
        let list = ThreadMemberListUpdate {
            guild_id: self.id,
            thread_id: thread,
            members: members.collect(),
        };
        send_to(vec![session], &list, effects);
    }
}
