//! Friends, blocks and requests.

use std::borrow::Cow;

use crate::id::marker;
use crate::relationship::{Relationship, kind};
use crate::{Id, Timestamp};

payloads! {
    /// See [Userdoccers/Relationship Add](https://docs.discord.food/topics/gateway-events#relationship-add).
    RelationshipAdd<'a>: {
        /// What the other user is now.
        #[serde(flatten)]
        pub relationship: Cow<'a, Relationship>,
        /// Whether the client is to show it: somebody asks, or accepted.
        pub should_notify: bool,
    }
}

impl<'a> RelationshipAdd<'a> {
    /// Of what another user became.
    pub const fn new(relationship: &'a Relationship) -> Self {
        Self {
            should_notify: matches!(relationship.kind, kind::INCOMING_REQUEST | kind::FRIEND),
            relationship: Cow::Borrowed(relationship),
        }
    }
}

payloads! {
    /// See [Userdoccers/Relationship Update](https://docs.discord.food/topics/gateway-events#relationship-update).
    RelationshipUpdate<'a>: {
        /// The other user.
        pub id: Id<marker::User>,
        /// What the reader calls them now.
        pub nickname: Option<Cow<'a, str>>,
        /// Since when they are what they are.
        pub since: Timestamp,
        /// What they are; see [`kind`].
        #[serde(rename = "type")]
        pub kind: u8,
    }
}

payloads! {
    /// See [Userdoccers/Relationship Remove](https://docs.discord.food/topics/gateway-events#relationship-remove).
    RelationshipRemove: {
        /// The other user.
        pub id: Id<marker::User>,
        /// Always null: whoever is nothing has no nickname.
        #[serde(default)]
        pub nickname: Option<String>,
        /// What they were; see [`kind`].
        #[serde(rename = "type")]
        pub kind: u8,
    }
}
