//! How two users become something to each other, and stop being it.
//!
//! Each batch holds for what was read alone: what the two were to each other a moment ago decides
//! who is told what.

use actions::blocks::Act;
use model::User;
use model::event::{RelationshipAdd, RelationshipRemove};
use model::limits::RELATIONSHIPS_MAX;
use model::relationship::{Relationship, kind};
use runtime::prelude::*;
use serde_json::{Map, Value};
use store::{members, relationships, settings};

/// What the write says when the two have become something else meanwhile.
const MOVED: Code = Code::Overloaded;

/// Asks somebody to be a friend, or accepts that they asked. Who asked before asks once.
///
/// # Errors
/// [`Code::CannotFriendSelf`], [`Code::BotsHaveNoFriends`], [`Code::AlreadyFriends`],
/// [`Code::FriendRequestBlocked`] where either blocked the other,
/// [`Code::FriendRequestsDisabled`] when the other's settings keep the caller from asking, and
/// [`Code::TooManyFriends`].
pub(crate) async fn befriend(cx: &Cx, caller: &Caller, other: &User) -> Result<()> {
    let me = caller.user();
    if other.id == me.id {
        return Err(Code::CannotFriendSelf.into());
    }
    if other.bot {
        return Err(Code::BotsHaveNoFriends.into());
    }
    let (were, settings, acquainted, mutual) = cx
        .read((
            relationships::between(me.id, other.id).optional(),
            settings::of_user(other.id).optional(),
            members::acquainted(me.id, &[other.id]),
            relationships::mutual_friends(me.id, other.id, 1),
        ))
        .await?;
    let were = were.unwrap_or_default();
    Act::Befriend.require_unblocked(were)?;
    let (mine, theirs) = match were {
        (kind::FRIEND, _) => return Err(Code::AlreadyFriends.into()),
        (kind::OUTGOING_REQUEST, _) => return Ok(()),
        (kind::INCOMING_REQUEST, _) => (kind::FRIEND, kind::FRIEND),
        _ => {
            let settings = settings.unwrap_or_default();
            if !may_ask(&settings, !acquainted.is_empty(), !mutual.is_empty()) {
                return Err(Code::FriendRequestsDisabled.into());
            }
            (kind::OUTGOING_REQUEST, kind::INCOMING_REQUEST)
        }
    };
    let mut batch = Batch::main();
    batch.require(relationships::are(me.id, other.id, were), MOVED);
    let few = relationships::fewer_than(me.id, RELATIONSHIPS_MAX);
    batch.require(few, Code::TooManyFriends);
    if theirs == kind::INCOMING_REQUEST {
        let few = relationships::fewer_asking_than(other.id, RELATIONSHIPS_MAX);
        batch.require(few, Code::TooManyFriends);
    }
    become_something(cx, &mut batch, me.id, other, mine);
    become_something(cx, &mut batch, other.id, me, theirs);
    cx.write(batch).await?;
    Ok(())
}

/// Whether the settings of whoever is asked let the caller ask.
fn may_ask(settings: &Map<String, Value>, acquainted: bool, friends_of_friends: bool) -> bool {
    let Some(sources) = settings.get("friend_source_flags") else {
        return true;
    };
    let from = |source: &str| sources[source].as_bool().unwrap_or_default();
    from("all")
        || from("mutual_guilds") && acquainted
        || from("mutual_friends") && friends_of_friends
}

/// Blocks somebody. Whatever else they were to the caller ends, and the caller to them.
///
/// # Errors
/// [`Code::CannotFriendSelf`] for the caller themselves; the store's own.
pub(crate) async fn block(cx: &Cx, caller: &Caller, other: &User) -> Result<()> {
    let me = caller.id();
    if other.id == me {
        return Err(Code::CannotFriendSelf.into());
    }
    let were = between(cx, me, other.id).await?;
    if were.0 == kind::BLOCKED {
        return Ok(());
    }
    let mut batch = Batch::main();
    batch.require(relationships::are(me, other.id, were), MOVED);
    // Friends and requests are counted already.
    if matches!(were.0, 0 | kind::INCOMING_REQUEST) {
        let few = relationships::fewer_than(me, RELATIONSHIPS_MAX);
        batch.require(few, Code::TooManyFriends);
    }
    become_something(cx, &mut batch, me, other, kind::BLOCKED);
    if were.1 != kind::BLOCKED {
        become_nothing(&mut batch, other.id, me, were.1);
    }
    cx.write(batch).await?;
    Ok(())
}

/// Ends a friendship, takes a request back, declines one, or lifts a block. Nothing happens when
/// the other is nothing to the caller.
///
/// # Errors
/// The store's own.
pub(crate) async fn part(cx: &Cx, caller: &Caller, other: Id<marker::User>) -> Result<()> {
    let me = caller.id();
    let were = between(cx, me, other).await?;
    let mut batch = Batch::main();
    batch.require(relationships::are(me, other, were), MOVED);
    become_nothing(&mut batch, me, other, were.0);
    // Lifting a block leaves the other's own as it is.
    if were.1 != kind::BLOCKED {
        become_nothing(&mut batch, other, me, were.1);
    }
    cx.write(batch).await?;
    Ok(())
}

async fn between(cx: &Cx, me: Id<marker::User>, other: Id<marker::User>) -> Result<(u8, u8)> {
    let were = cx
        .read(relationships::between(me, other).optional())
        .await?;
    Ok(were.unwrap_or_default())
}

/// Makes `other` something to `user`, and tells the user's sessions.
fn become_something(cx: &Cx, batch: &mut Batch, user: Id<marker::User>, other: &User, kind: u8) {
    batch.push(relationships::set(user, other.id, kind, cx.now()));
    let relationship = Relationship {
        id: other.id,
        kind,
        nickname: None,
        since: cx.now(),
        user: other.clone(),
    };
    let own = Audience::Users(vec![user]);
    batch.emit(Event::new(own, &RelationshipAdd::new(&relationship)));
}

/// Makes `other` nothing to `user`, and tells the user's sessions unless it was nothing before.
fn become_nothing(batch: &mut Batch, user: Id<marker::User>, other: Id<marker::User>, was: u8) {
    if was == 0 {
        return;
    }
    batch.push(relationships::delete(user, other));
    let gone = RelationshipRemove {
        id: other,
        nickname: None,
        kind: was,
    };
    batch.emit(Event::new(Audience::Users(vec![user]), &gone));
}
