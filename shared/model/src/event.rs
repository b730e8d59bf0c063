//! Gateway events as functions state them: what happened, and who may hear of it.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};

use crate::id::marker;
use crate::{Id, Permissions};

pub use channels::*;
pub use guilds::*;
pub use invites::*;
pub use kind::EventKind;
pub use members::*;
pub use messages::*;
pub use reactions::*;
pub use relationships::*;
pub use roles::*;
pub use threads::*;
pub use users::*;
pub use voice::*;

/// Defines payloads: types that are the `d` of the event kind with the same name. Several names
/// before one body are kinds that carry the same.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident $(<$lt:lifetime>)?),+ : $fields:tt) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name $(<$lt>)? $fields

        payloads!(of $name $(<$lt>)?);
    )+};
    ($($(#[$doc:meta])* $name:ident $(<$lt:lifetime>)? : $fields:tt;)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        pub struct $name $(<$lt>)? $fields;

        payloads!(of $name $(<$lt>)?);
    )+};
    // What a kind carries is one of Discord's objects as it is.
    ($($(#[$doc:meta])* $name:ident<$lt:lifetime>),+ = $object:ty) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name<$lt>(pub std::borrow::Cow<$lt, $object>);

        impl<$lt> $name<$lt> {
            /// Of the object as it is now.
            pub const fn new(object: &$lt $object) -> Self {
                Self(std::borrow::Cow::Borrowed(object))
            }
        }

        payloads!(of $name<$lt>);
    )+};
    (of $name:ident $(<$lt:lifetime>)?) => {
        impl $(<$lt>)? $crate::event::Payload for $name $(<$lt>)? {
            const KIND: $crate::event::EventKind = $crate::event::EventKind::$name;
        }
    };
}

pub(crate) use payloads;

mod channels;
mod guilds;
mod invites;
mod kind;
mod members;
mod messages;
mod reactions;
mod relationships;
mod roles;
mod threads;
mod users;
mod voice;

/// Who may receive an [`Event`]. The gateway resolves it to sessions; nobody else does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub enum Audience {
    /// Every member of the guild.
    Guild(Id<marker::Guild>),
    /// The members that may see this channel.
    Channel {
        /// The channel's guild.
        guild: Id<marker::Guild>,
        /// The channel.
        channel: Id<marker::Channel>,
    },
    /// The members that hold `permissions` in the guild, or in `channel` where it is given.
    Holders {
        /// The guild.
        guild: Id<marker::Guild>,
        /// The channel whose overwrites count.
        channel: Option<Id<marker::Channel>>,
        /// What they must hold, all of it.
        permissions: Permissions,
    },
    /// The participants of a private conversation.
    Private {
        /// The conversation.
        channel: Id<marker::Channel>,
        /// Its participants.
        users: Vec<Id<marker::User>>,
    },
    /// All sessions of these users.
    Users(Vec<Id<marker::User>>),
}

impl Audience {
    /// The guild whose members they are, if they are a guild's.
    pub fn guild(&self) -> Option<Id<marker::Guild>> {
        match self {
            Self::Guild(guild) | Self::Channel { guild, .. } | Self::Holders { guild, .. } => {
                Some(*guild)
            }
            Self::Private { .. } | Self::Users(_) => None,
        }
    }
}

/// Something that happened, ready to be sent: a gateway dispatch without its sequence number.
///
/// An event belongs to the batch whose write it tells of and exists only if that batch is
/// committed. Events of one stream (a guild's, or all that are no guild's) are delivered in the
/// order of their commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_family = "wasm"), derive(schemars::JsonSchema))]
pub struct Event {
    /// Who may hear of it.
    pub audience: Audience,
    /// What happened.
    pub kind: EventKind,
    /// The `d` of the dispatch: one JSON value.
    pub data: String,
}

/// The `d` of one kind of event. Its type says the kind, so an event with data of another kind does
/// not compile. Who publishes borrows what it has; who reads gets what it may keep.
pub trait Payload: Serialize {
    /// The kind whose `d` it is.
    const KIND: EventKind;
}

impl Event {
    /// An event with its payload, which is serialised once, here.
    ///
    /// # Panics
    /// When the payload is a map with keys that are not text, which no wire type has.
    pub fn new<P: Payload>(audience: Audience, payload: &P) -> Self {
        let data = serde_json::to_string(payload).expect("wire types serialise");
        Self {
            audience,
            kind: P::KIND,
            data,
        }
    }

    /// The payload.
    ///
    /// # Errors
    /// When the event is of another kind, or its data is not what this kind has.
    pub fn read<P: Payload + DeserializeOwned>(&self) -> Result<P, serde_json::Error> {
        if self.kind != P::KIND {
            let (is, wanted) = (self.kind.name(), P::KIND.name());
            let error = format!("{is} is read as {wanted}");
            return Err(serde_json::Error::custom(error));
        }
        serde_json::from_str(&self.data)
    }
}

#[cfg(test)]
mod tests;
