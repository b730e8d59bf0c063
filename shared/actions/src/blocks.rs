//! What a block stops: one table for every act.
//!
//! A block is about two people. It ends what reaches the other one through their conversation, and
//! reactions to the messages of who blocked; in guilds and groups both write as before. It does
//! not end what takes something back, such as deleting one's message, nor opening the conversation.

use model::Channel;
use model::channel::kind as channel_kind;
use model::relationship::kind::BLOCKED;
use runtime::prelude::*;
use store::relationships;

/// What one person does that may concern another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Sends a message to their conversation.
    Send,
    /// Changes a message there.
    Edit,
    /// Pins or unpins a message there.
    Pin,
    /// Types there.
    Type,
    /// Reacts to a message there.
    ReactInPrivate,
    /// Reacts elsewhere to a message of the other one.
    React,
    /// Asks the other one to be friends.
    Befriend,
    /// Makes a group with the other one.
    MakeGroup,
    /// Adds the other one to a group.
    AddToGroup,
}

impl Act {
    /// The code that refuses it, and whether it is refused to who blocked as well.
    const fn refusal(self) -> (Code, bool) {
        match self {
            Self::Send | Self::Edit | Self::Pin | Self::Type => (Code::CannotMessageUser, true),
            Self::ReactInPrivate => (Code::ReactionBlocked, true),
            Self::React => (Code::ReactionBlocked, false),
            Self::Befriend => (Code::FriendRequestBlocked, true),
            Self::MakeGroup => (Code::CannotMessageUser, false),
            Self::AddToGroup => (Code::InvalidRecipients, false),
        }
    }

    /// Refuses the act where there is a block. `to_actor` is what the other one is to whoever acts,
    /// `to_other` what whoever acts is to the other one, as
    /// [`relationships::between`](store::relationships::between) answers.
    ///
    /// # Errors
    /// [`Code::CannotMessageUser`] and the like: the table's.
    pub fn require_unblocked(self, (to_actor, to_other): (u8, u8)) -> Result<()> {
        let (code, mutual) = self.refusal();
        match to_other == BLOCKED || mutual && to_actor == BLOCKED {
            true => Err(code.into()),
            false => Ok(()),
        }
    }

    /// Refuses the act towards somebody who blocked whoever acts.
    pub fn refused_by_block(self) -> Error {
        self.refusal().0.into()
    }
}

/// Refuses an act in the caller's channel, where that is a conversation of two with a block between
/// them.
///
/// # Errors
/// Those of [`Act::require_unblocked`]; the store's own.
pub async fn require_unblocked<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    act: Act,
) -> Result<()> {
    match other(&caller.channel) {
        Some(other) => between(cx, caller.caller.id(), other, act).await,
        None => Ok(()),
    }
}

/// Refuses a reaction of the caller to a message of this author.
///
/// # Errors
/// [`Code::ReactionBlocked`]; the store's own.
pub async fn require_reaction<const P: u64>(
    cx: &Cx,
    caller: &InChannel<P>,
    author: Id<marker::User>,
) -> Result<()> {
    let me = caller.caller.id();
    match other(&caller.channel) {
        Some(other) => between(cx, me, other, Act::ReactInPrivate).await,
        None if author == me => Ok(()),
        None => between(cx, me, author, Act::React).await,
    }
}

async fn between(
    cx: &Cx,
    actor: Id<marker::User>,
    other: Id<marker::User>,
    act: Act,
) -> Result<()> {
    let are = cx.read(relationships::between(actor, other).optional());
    act.require_unblocked(are.await?.unwrap_or_default())
}

/// The other one in a conversation of two.
pub fn other(channel: &Channel) -> Option<Id<marker::User>> {
    let private = channel.private.as_ref()?;
    let two = channel.kind == channel_kind::DM;
    let other = private.recipients.first().filter(|_| two);
    other.map(|user| user.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stop_messages_both_ways() {
        use Act::{AddToGroup, Befriend, Edit, MakeGroup, Pin, React, ReactInPrivate, Send, Type};
        let both = [Send, Edit, Pin, Type, ReactInPrivate, Befriend];
        for act in both.into_iter().chain([React, MakeGroup, AddToGroup]) {
            assert!(act.require_unblocked((0, BLOCKED)).is_err(), "{act:?}");
            let silent = act.require_unblocked((BLOCKED, 0)).is_err();
            assert_eq!(silent, both.contains(&act), "{act:?}");
            assert!(act.require_unblocked((0, 0)).is_ok(), "{act:?}");
        }
    }
}
