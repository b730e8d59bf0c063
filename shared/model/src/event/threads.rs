//! Threads and their members.

use std::borrow::Cow;

use crate::Id;
use crate::channel::Channel;
use crate::id::marker;
use crate::thread::ThreadMember;

payloads! {
    /// See [Discord Docs/Thread Create](https://discord.com/developers/docs/events/gateway-events#thread-create).
    ThreadCreate<'a>: {
        /// Whether it is new; else the receiver sees it only now.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        pub newly_created: bool,
        /// The thread.
        #[serde(flatten)]
        pub thread: Cow<'a, Channel>,
    }
}

payloads! {
    /// See [Discord Docs/Thread Update](https://discord.com/developers/docs/events/gateway-events#thread-update).
    ThreadUpdate<'a> = Channel
}

payloads! {
    /// See [Discord Docs/Thread Delete](https://discord.com/developers/docs/events/gateway-events#thread-delete).
    ThreadDelete: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// The thread.
        pub id: Id<marker::Channel>,
        /// The channel it was in.
        pub parent_id: Option<Id<marker::Channel>>,
        /// Its type; see [`crate::channel::kind`].
        #[serde(rename = "type")]
        pub kind: u8,
    }
}

payloads! {
    /// See [Discord Docs/Thread Members Update](https://discord.com/developers/docs/events/gateway-events#thread-members-update).
    ThreadMembersUpdate: {
        /// Who joined.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub added_members: Vec<ThreadMember>,
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// The thread.
        pub id: Id<marker::Channel>,
        /// How many members it has now, counted up to [`crate::thread::COUNTED_MEMBERS_MAX`].
        pub member_count: u32,
        /// Who left.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub removed_member_ids: Vec<Id<marker::User>>,
    }
}

payloads! {
    /// All members of a thread, for the gateway alone: see
    /// [`EventKind::ThreadMembersKnown`](super::EventKind::ThreadMembersKnown).
    ThreadMembersKnown<'a>: {
        /// The thread.
        pub id: Id<marker::Channel>,
        /// Its members.
        pub members: Cow<'a, [ThreadMember]>,
    }
}

payloads! {
    /// See [Discord Docs/Thread List Sync](https://discord.com/developers/docs/events/gateway-events#thread-list-sync).
    ThreadListSync<'a>: {
        /// The channels of which these are all active threads.
        pub channel_ids: Vec<Id<marker::Channel>>,
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// The receiver as a member of those threads that they joined.
        pub members: Vec<Cow<'a, ThreadMember>>,
        /// The threads.
        pub threads: Vec<Channel>,
    }
}

payloads! {
    /// See [Discord Docs/Thread Member Update](https://discord.com/developers/docs/events/gateway-events#thread-member-update).
    ThreadMemberUpdate: {
        /// The guild.
        pub guild_id: Id<marker::Guild>,
        /// The receiver as a member of the thread.
        #[serde(flatten)]
        pub member: ThreadMember,
    }
}
